// What is known of one request: told by its events, and corrected by its status wherever that is known better.

import { isOurs } from "./feed.js";

// Of what strangers may send, too: numbers above are not believed.
const mostGroups = 10_000;
const mostTasks = 100_000;

const ends = { workflow_completed: "succeeded", workflow_failed: "failed", workflow_cancelled: "cancelled" };

export const isEnd = status => Object.values(ends).includes(status);
// A state that a status knows, as the cells show it.
const stateOfTask = { "waiting-for-retry": "retry", lost: "queued" };

const isIndex = (n, most) => Number.isInteger(n) && n >= 0 && n < most;

export const emptyGroup = index =>
    ({ index, name: "", status: "waiting", expected: 0, completed: 0, failed: 0, tasks: new Map(),
       seen: { completed: 0, failed: 0 }, told: { completed: 0, failed: 0 } }); // by events of tasks, by the status

export class Run {
    id;
    status = "";
    groupCount = 0;
    groups = new Map(); // by index
    events = [];        // those of the server in their order; of others where they came
    tellsTasks = false;
    error = "";
    heard = 0;         // events that came over the socket
    hasHole = false;   // some are missing, and the state has not been read since
    isRefused = false; // its events are not for this listener
    isUnknown = false; // to the server
    #known = new Set();

    constructor(id) {
        this.id = id;
    }

    group(index) {
        if (!this.groups.has(index))
            this.groups.set(index, emptyGroup(index));
        return this.groups.get(index);
    }

    // False: it is there already.
    add(event) {
        if (!isOurs(event)) {
            this.events.push(event);
            return true;
        }
        const key = `${event.epoch}/${event.id}`;
        if (this.#known.has(key))
            return false;
        this.#known.add(key);
        this.events.push(event);
        this.#apply(event);
        return true;
    }

    // What is kept, after something was missed: true if there was anything new in it.
    merge(events) {
        const isNew = events.filter(event => this.add(event)).length > 0;
        if (isNew) {
            const ours = this.events.filter(isOurs).sort((a, b) => a.offset - b.offset);
            this.events = [...ours, ...this.events.filter(event => !isOurs(event))];
            this.groups.clear();
            ours.forEach(event => this.#apply(event));
        }
        return isNew;
    }

    #apply(event) {
        const { type, task, attempt } = event;
        if (type === "workflow_received") {
            this.status = "received";
            this.error = "";
        } else if (type === "workflow_started") {
            this.status = "running";
            this.groupCount = isIndex(event.nodes, mostGroups) ? event.nodes : this.groupCount;
        } else if (Object.hasOwn(ends, type)) {
            this.status = ends[type];
            this.error = event.error?.error_message ?? "";
        } else if (isIndex(event.group, mostGroups)) {
            const group = this.group(event.group);
            group.name = String(event.node_id ?? group.name);
            if (type === "node_started") {
                group.status = "running";
                group.expected = isIndex(event.tasks, mostTasks + 1) ? event.tasks : 0;
            } else if (type === "node_completed") {
                group.status = "completed";
                group.completed = Math.max(group.completed, group.expected - group.failed);
            } else if (type === "node_failed")
                group.status = "failed";
            else if (isIndex(task, mostTasks + 1) && /^task_(queued|completed|failed)$/.test(type)) {
                this.tellsTasks = true;
                const state = type === "task_failed" && event.retryable ? "retry" : type.slice(5);
                this.#setTask(group, task, { state, attempt, error: event.error?.error_message ?? "" });
            }
        }
    }

    #setTask(group, task, what) {
        const before = group.tasks.get(task)?.state;
        group.tasks.set(task, what);
        for (const counted of ["completed", "failed"])
            group.seen[counted] += (what.state === counted) - (before === counted);
        this.#count(group);
    }

    // A status may be a moment older than the events, and knows also of tasks that no event has told of.
    #count(group) {
        group.completed = Math.max(group.seen.completed, group.told.completed);
        group.failed = this.tellsTasks ? group.seen.failed : group.told.failed;
    }

    // Of GET /valuation/{id}/status.
    correct(status) {
        this.status = status.status;
        this.groupCount = status.groupCount;
        for (const told of status.groups) {
            const group = this.group(told.index);
            group.name = told.name || group.name || `group-${told.index}`;
            group.status = told.status;
            group.expected = told.expected;
            group.told = { completed: told.completed, failed: told.failed };
            this.#count(group);
        }
    }

    // The same with ?tasks=all, page by page.
    correctTasks(index, tasks) {
        const group = this.group(index);
        for (const { task, state, attempt, lastError } of tasks)
            // What an event has told meanwhile is newer.
            if (group.tasks.get(task)?.state !== "completed")
                this.#setTask(group, task, { state: stateOfTask[state] ?? state, attempt, error: lastError?.error ?? "" });
    }
}
