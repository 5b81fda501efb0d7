// The page: what is typed and chosen goes to the server, what a request does is shown. Texts from outside become text
// nodes and nothing else.

import { examples } from "./examples.js";
import { Feed, isOurs } from "./feed.js";
import { list, mark, userOf } from "./list.js";
import { Run, isEnd } from "./run.js";
import { call } from "./server.js";
import { forget, note, showLog, showRun } from "./show.js";
import { readState } from "./state.js";

const at = id => document.getElementById(id);
const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const lookAgain = 1000; // at a request that moves and of whose tasks nobody tells

let run = null;
let feed = null;
let reading = null;
let isStale = false;
let countdown = 0;

const listAgain = () => list(() => run?.id, watch);

function complain(place, error) {
    at(place).textContent = error ? error.message : "";
    at(place).hidden = !error;
}

// ---- one request

// user: whose it is, if that is known.
async function watch(id, user) {
    feed?.close();
    feed = null;
    const mine = run = new Run(id);
    forget();
    showLink("idle");
    complain("run-error", null);
    mark(id);
    history.replaceState(null, "", `#${new URLSearchParams({ request: id })}`);
    draw();
    if (matchMedia("(max-width: 56rem)").matches)
        at("run").scrollIntoView();

    const isRead = await read();
    const token = at("token").value;
    let whose = "";
    if (isRead && !token)
        whose = user ?? await userOf(id).catch(() => "");
    if (run !== mine)
        return;
    if (!isRead)
        setTimeout(() => run === mine && !mine.isUnknown && watch(id, user), lookAgain);
    else if (mine.isRefused)
        showLink("refused", { why: token ? "the server does not take this token" : "a token is needed" });
    else if (token || whose)
        listen(whose, token);
    else
        note(mine, "Nobody is told of this request: its state is read again and again.");
}

function listen(user, token) {
    if (user)
        at("user").value = user;
    const mine = run;
    const last = run.events.findLast(isOurs);
    const ofThis = what => (...told) => run === mine && what(...told);
    feed = new Feed({
        request: run.id, user, token, position: last ? { epoch: last.epoch, offset: last.offset } : null,
        onEvent: ofThis(heard), onNotice: ofThis(noticed), onState: ofThis(showLink),
    });
}

function heard(event) {
    if (!run.add(event))
        return;
    ++run.heard;
    draw();
    if (isEnd(run.status) || event.type === "workflow_received") {
        read();
        listAgain();
    }
}

async function noticed(notice, when) {
    const mine = run;
    mine.hasHole ||= !notice.recovered;
    const isRead = await read();
    if (run !== mine)
        return;
    const lost = notice.type === "dropped" ? `This page was too slow for ${Number(notice.count)} messages`
                                           : "What was missed is not kept any more";
    const what = when === "unasked" ? "The server was cut off from Redis for a moment" : "Connected again";
    if (!notice.recovered)
        note(mine, `${lost}: the state ${isRead ? "was read anew" : "is read anew as soon as that goes"}.`, "bad");
    else if (when !== "first")
        note(mine, `${what}: nothing is missing.`, "good");
}

// True when it is done; else the reason is shown, and it is tried again.
function read() {
    isStale = true;
    reading ??= readAll().finally(() => reading = null);
    return reading;
}

async function readAll() {
    while (isStale) {
        isStale = false;
        const mine = run;
        try {
            const isNew = await readState(mine);
            if (run !== mine)
                continue;
            if (isNew)
                forget();
            complain("run-error", null);
            draw();
        } catch (error) {
            if (run !== mine)
                continue;
            mine.isUnknown = error.status === 404;
            complain("run-error", new Error(`The state cannot be read: ${error.message}`));
            return false;
        }
    }
    return true;
}

function draw() {
    showRun(run);
    showLog(run);
}

// Counts that no event tells, and what could not be read before.
setInterval(() => {
    const isAway = feed && ["connecting", "waiting"].includes(at("link").dataset.state);
    if (!run || run.isUnknown || document.hidden || isAway || reading)
        return;
    if (run.hasHole || !at("run-error").hidden || (!isEnd(run.status) && !run.tellsTasks))
        read();
}, lookAgain);

// ---- the connection

const linkTexts = { idle: "Not connected", connecting: "Connecting…", behind: "Catching up…", live: "Live" };

function showLink(state, detail = {}) {
    clearInterval(countdown);
    at("link").dataset.state = state;
    at("link").title = detail.why ?? "";
    at("again").hidden = state !== "waiting";
    const tell = () => {
        const seconds = Math.max(0, Math.ceil((detail.until - Date.now()) / 1000));
        at("link-text").textContent = `Cut off, next try in ${seconds} s`;
    };
    if (state === "waiting") {
        tell();
        countdown = setInterval(tell, 1000);
    } else
        at("link-text").textContent = linkTexts[state] ?? `Refused: ${detail.why || "this one may not listen"}`;
}

at("again").onclick = () => feed?.hurry();
addEventListener("online", () => feed?.hurry());
document.addEventListener("visibilitychange", () => document.hidden || feed?.hurry());

// ---- what people type

at("who").onsubmit = event => {
    event.preventDefault();
    listAgain();
    if (run)
        watch(run.id, at("user").value.trim() || undefined);
};

at("submit").onsubmit = async event => {
    event.preventDefault();
    const button = at("submit").querySelector("button");
    button.disabled = true;
    complain("submit-error", null);
    try {
        const user = at("user").value.trim();
        const headers = { "Content-Type": "application/xml", ...(user && { "X-User-ID": user }) };
        const { requestId } = await call("valuation?sync=N", { method: "POST", headers, body: at("document").value });
        watch(requestId, user);
        listAgain();
    } catch (error) {
        complain("submit-error", error);
    }
    button.disabled = false;
};

at("pick").onsubmit = event => {
    event.preventDefault();
    const id = at("id").value.trim().toLowerCase();
    at("id").setCustomValidity(idForm.test(id) ? "" : "This is not the id of a request.");
    if (at("id").reportValidity())
        watch(id);
};
at("id").oninput = () => at("id").setCustomValidity("");
at("list-again").onclick = listAgain;

at("example").append(...examples.map(({ name }, index) => new Option(name, index)));
at("example").onchange = () => at("document").value = examples[at("example").value].text();
at("file").onchange = async () => {
    const [file] = at("file").files;
    if (file)
        at("document").value = await file.text();
};

function watchWhatIsAsked() {
    const id = new URLSearchParams(location.hash.slice(1)).get("request");
    if (idForm.test(id ?? "") && id !== run?.id)
        watch(id);
}

at("document").value = examples[0].text();
addEventListener("hashchange", watchWhatIsAsked);
listAgain();
watchWhatIsAsked();
