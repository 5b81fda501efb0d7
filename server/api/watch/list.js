// The requests that the server knows, the newest first.

import { call } from "./server.js";
import { clock } from "./show.js";

const shown = 50;
const pages = 20; // looked through for whose a request is

const at = id => document.getElementById(id);

function rowOf(row, onPick) {
    const span = (className, text) => Object.assign(document.createElement("span"), { className, textContent: text });
    const groups = `${row.groupCount} group${row.groupCount === 1 ? "" : "s"}`;
    const when = row.receivedAt ? clock(new Date(row.receivedAt)) : "";
    const badge = span("badge", row.status);
    badge.dataset.status = row.status;
    const more = span("more", `${groups}, ${row.user ? `of ${row.user}` : "of nobody: no events"}`);
    const id = document.createElement("code");
    id.textContent = `…${row.requestId.slice(-8)}`; // its beginning is the time

    const button = document.createElement("button");
    button.type = "button";
    button.dataset.id = row.requestId;
    button.append(id, badge, span("quiet", when), more);
    button.setAttribute("aria-label", `${row.status}, ${more.textContent}, received ${when}, ${row.requestId}`);
    button.onclick = () => onPick(row.requestId, row.user ?? "");
    const item = document.createElement("li");
    item.append(button);
    return item;
}

// onPick(id, user)
export async function list(current, onPick) {
    const note = at("list-note");
    try {
        const rows = (await call(`valuation?limit=${shown}`)).requests;
        at("list").replaceChildren(...rows.map(row => rowOf(row, onPick)));
        note.textContent = "None are known yet.";
        note.hidden = rows.length > 0;
        mark(current());
    } catch (error) {
        note.textContent = `The list cannot be read: ${error.message}`;
        note.hidden = false;
    }
}

export function mark(id) {
    for (const button of at("list").querySelectorAll("button"))
        if (button.dataset.id === id)
            button.setAttribute("aria-current", "true");
        else
            button.removeAttribute("aria-current");
}

// Whose request it is; empty if it has no user, or is too old to be found.
export async function userOf(id) {
    let cursor = "";
    for (let page = 0; page < pages; ++page) {
        const query = new URLSearchParams({ limit: 1000, ...(cursor && { cursor }) });
        const answer = await call(`valuation?${query}`);
        const found = answer.requests.find(row => row.requestId === id);
        if (found || !answer.cursor)
            return found?.user ?? "";
        cursor = answer.cursor;
    }
    return "";
}
