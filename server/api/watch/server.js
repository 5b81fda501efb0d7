// Calls of the HTTP API, with the token if there is one.

const limit = 15_000;

// The body of a good answer; an Error with code and status for any other.
export async function call(path, { headers = {}, ...options } = {}) {
    const token = document.getElementById("token").value;
    const answer = await fetch(path, {
        cache: "no-store", signal: AbortSignal.timeout(limit), ...options,
        headers: { ...headers, ...(token && { Authorization: `Bearer ${token}` }) },
    });
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
    const body = isJson ? await answer.json() : await answer.text();
    if (answer.ok)
        return body;
    const place = body.line ? ` Line ${body.line}, column ${body.column}.` : "";
    const text = isJson ? `${body.message}${place} (${body.code})` : `The server answers ${answer.status}.`;
    throw Object.assign(new Error(text), { code: body.code, status: answer.status });
}
