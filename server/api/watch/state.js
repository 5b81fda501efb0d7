// Brings a request up to what the server knows of it over HTTP: at the start, and wherever events cannot say it.

import { call } from "./server.js";

const tries = 5;
const taskPage = 1000;
const tasksAtMost = 2000; // of a group, one by one

// True if events were added, so that all has to be drawn anew. Where one came meanwhile, which would be newer, it reads
// once more.
export async function readState(run) {
    for (let left = tries; ; --left) {
        const heard = run.heard;
        const kept = run.hasHole || run.events.length === 0 ? await keptEvents(run) : [];
        const status = await call(`valuation/${run.id}/status`);
        if (run.heard !== heard && left > 1)
            continue;
        const isNew = run.merge(kept);
        run.correct(status);
        if (run.hasHole && run.tellsTasks)
            await readTasks(run);
        run.hasHole = false;
        return isNew;
    }
}

async function keptEvents(run) {
    try {
        return (await call(`api/v1/runs/${run.id}/events`)).events;
    } catch (error) {
        run.isRefused = error.status === 401 || error.status === 403;
        if (run.isRefused || error.code === "events-not-available")
            return [];
        throw error;
    }
}

async function readTasks(run) {
    for (const { index, expected } of [...run.groups.values()])
        for (let from = 1; from && from <= Math.min(expected, tasksAtMost);) {
            const query = new URLSearchParams({ tasks: "all", group: index, from, limit: taskPage });
            const status = await call(`valuation/${run.id}/status?${query}`);
            const told = status.groups.find(group => group.index === index);
            run.correctTasks(index, told?.tasks ?? []);
            from = told?.nextTask ?? 0;
        }
}
