// Draws one request: its groups with their tasks, and the log of its events. Only what has changed is touched, once for
// each picture.

import { isOurs } from "./feed.js";
import { emptyGroup, isEnd } from "./run.js";

const at = id => document.getElementById(id);
const groupsAtMost = 200;
const cellsAtMost = 2000;
const rowsAtMost = 5000;

const words = {
    waiting: "waiting", queued: "with a worker", running: "running", completed: "done", retry: "failed, is tried again",
    failed: "failed", cancelled: "cancelled",
};

const drawn = new Map(); // groups, by index
let shownRows = 0;
let wanted = null;
let frame = 0;

function made(name, className, text = "") {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = text;
    return element;
}

// Another request, or the same from its first event on.
export function forget() {
    drawn.clear();
    shownRows = 0;
    at("groups").replaceChildren();
    at("log").replaceChildren();
}

export function showRun(run) {
    wanted = run;
    frame ||= requestAnimationFrame(() => {
        frame = 0;
        drawRun(wanted);
    });
}

function drawRun(run) {
    at("run-title").textContent = `Request ${run.id}`;
    const badge = at("run-status");
    badge.hidden = !run.status;
    if (badge.dataset.status !== run.status)
        badge.textContent = badge.dataset.status = run.status;
    at("response").hidden = run.status !== "succeeded";
    at("response").href = `valuation/${run.id}/results`;
    at("run-note").textContent = run.error ? `It has failed: ${run.error}` : summary(run);

    const count = Math.min(Math.max(run.groupCount, ...run.groups.keys(), 0), groupsAtMost);
    for (let index = 0; index < count; ++index)
        drawGroup(run.groups.get(index) ?? emptyGroup(index), run);
    if (run.tellsTasks && !at("key").hasChildNodes())
        drawKey();
    at("key").hidden = !run.tellsTasks;
}

function summary(run) {
    const done = [...run.groups.values()].filter(group => group.status === "completed").length;
    const more = run.groupCount > groupsAtMost ? ` The first ${groupsAtMost} are shown.` : "";
    return run.groupCount ? `${done} of ${run.groupCount} groups done.${more}` : "Waiting to be begun.";
}

function drawGroup(group, run) {
    if (!drawn.has(group.index)) {
        const item = made("li", "group");
        const head = made("div", "head");
        const parts = {
            item, name: made("span", "name"), badge: made("span", "badge"), counts: made("span", "counts"),
            bar: document.createElement("progress"), cells: made("div", "cells"), states: [],
        };
        head.append(parts.name, parts.counts, parts.badge);
        parts.cells.setAttribute("role", "img");
        parts.cells.hidden = true;
        item.append(head, parts.bar, parts.cells);
        at("groups").append(item);
        drawn.set(group.index, parts);
    }
    const parts = drawn.get(group.index);
    const { expected, completed, failed } = group;
    const counts = expected ? `${completed} of ${expected} tasks done${failed ? `, ${failed} failed` : ""}` : "";
    const word = group.status === "waiting" && isEnd(run.status) ? "not reached" : group.status;
    const look = `${group.name}|${word}|${counts}`;
    if (parts.look !== look) {
        parts.look = look;
        parts.item.dataset.status = parts.badge.dataset.status = group.status;
        parts.name.textContent = `${group.index + 1}. ${group.name || "…"}`;
        parts.badge.textContent = word;
        parts.counts.textContent = counts;
        parts.bar.max = Math.max(expected, 1);
        parts.bar.value = completed + failed;
        parts.bar.setAttribute("aria-label", `Tasks of group ${group.index + 1}`);
    }
    if (run.tellsTasks && expected > 0 && expected <= cellsAtMost)
        drawCells(parts, group, `${counts}. ${group.status}`);
}

function drawCells(parts, group, label) {
    parts.cells.hidden = false;
    parts.cells.setAttribute("aria-label", label);
    while (parts.states.length < group.expected) {
        parts.states.push("");
        parts.cells.append(document.createElement("i"));
    }
    const isOver = group.status === "completed" || group.status === "failed";
    for (let index = 0; index < group.expected; ++index) {
        const task = group.tasks.get(index + 1);
        const told = task?.state ?? "waiting";
        // An attempt that was the last one, though it might have been tried again.
        const state = isOver && told === "retry" ? "failed" : told;
        const title = `Task ${index + 1}: ${words[state] ?? state}${task?.attempt > 1 ? `, attempt ${task.attempt}` : ""}${task?.error ? `: ${task.error}` : ""}`;
        if (parts.states[index] === title)
            continue;
        parts.states[index] = title;
        const cell = parts.cells.children[index];
        cell.dataset.state = state;
        cell.title = title;
    }
}

function drawKey() {
    for (const state of ["waiting", "queued", "completed", "retry", "failed"]) {
        const cell = document.createElement("i");
        cell.dataset.state = state;
        cell.setAttribute("aria-hidden", "true");
        at("key").append(cell, words[state]);
    }
}

// ---- the log, the newest first

export function showLog(run) {
    const rows = run.events.slice(shownRows).map(rowOf);
    shownRows = run.events.length;
    at("log").prepend(...rows.reverse());
    while (at("log").childElementCount > rowsAtMost)
        at("log").lastElementChild.remove();
    at("log-count").textContent = shownRows > rowsAtMost ? `${shownRows}, the last ${rowsAtMost} are shown` : String(shownRows || "");
}

export const clock = when => when.toTimeString().slice(0, 8);

function timeOf(seconds) {
    const time = document.createElement("time");
    const when = new Date(Number.isFinite(seconds) ? seconds * 1000 : Date.now());
    if (!Number.isNaN(when.valueOf())) {
        time.dateTime = when.toISOString();
        time.textContent = clock(when);
    }
    return time;
}

function rowOf(event) {
    const type = String(event.type ?? "message");
    const row = made("li", "");
    row.dataset.type = type;
    if (isOurs(event))
        row.dataset.id = event.id;
    if (/_completed$/.test(type))
        row.dataset.tone = "good";
    else if (/_failed$/.test(type))
        row.dataset.tone = "bad";
    row.append(timeOf(event.timestamp), made("span", "type", type.replaceAll("_", " ")), made("span", "what", wordsOf(event)));
    return row;
}

function wordsOf(event) {
    if (!isOurs(event))
        return JSON.stringify(event);
    const parts = [];
    if (event.node_id)
        parts.push(event.node_id);
    if (event.task)
        parts.push(`task ${event.task}${event.attempt > 1 ? `, attempt ${event.attempt}` : ""}`);
    if (event.tasks !== undefined)
        parts.push(`${event.tasks} tasks`);
    if (event.nodes !== undefined)
        parts.push(`${event.nodes} groups`);
    if (event.duration_ms !== undefined)
        parts.push(`${event.duration_ms} ms`);
    if (event.error)
        parts.push(`${event.error.error_message} (${event.error.error_type})`);
    return parts.join(" · ");
}

// What is no event but has happened to the page.
export function note(run, text, tone = "") {
    showLog(run);
    const row = made("li", "note");
    row.dataset.tone = tone;
    row.append(timeOf(), made("span", "what", text));
    at("log").prepend(row);
}
