/* The whole contract between vnserver and a plugin, version 1.0. C11; includes nothing of ours.
 * C++ authors include <vn/plugin.hpp> instead, which wraps this.
 *
 *   host                              plugin
 *   vn_plugin_entry()            ->   vn_plugin         checked completely before anything else is called
 *   create(host)                 ->   vn_instance*      one or several
 *   capability(instance, id)     ->   vn_task, ...      NULL for every id that the plugin does not know
 *   run(instance, call), ...     ->   vn_status         as often as there is work; the answer by call->write()
 *   destroy(instance)
 *
 * Memory   Nobody frees what the other side allocated. What the host hands in is borrowed until that function returns,
 *          unless another life is stated; what the plugin hands to a host function is copied before it returns.
 *          Bytes are not NUL-terminated; data may be NULL when size is 0. Text is UTF-8.
 * Threads  [main]   no other function of this instance (for entry and create: of this plugin) is running meanwhile.
 *                   Not always the same thread.
 *          [worker] a thread that may block. One call per instance at a time, unless flags say otherwise. For a
 *                   function of the host: only on the thread on which the call came in.
 *          [any]    any thread, also several at once; functions of vn_call only until the call returns.
 * Errors   A status is returned; the reason, if any, was given to fail() before. No exception, longjmp, exit or thread
 *          exit may leave a plugin function.
 * Growth   Tables grow at their end only, with a new minor version. Read what lies beyond version 1.0 only if
 *          struct_size covers it. A slot never changes its meaning. New kinds of work are new capability ids.
 * Process  The same file may run in a process of its own or inside of the server: leave locale, working folder, umask,
 *          signal handlers, environment and standard streams alone. */
#ifndef VN_PLUGIN_H
#define VN_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define VN_ABI_MAJOR 1u
#define VN_ABI_MINOR 0u

#define VN_EXPORT __attribute__((visibility("default")))

/* Initialises a vn_bytes from a string literal. */
#define VN_BYTES(literal) {"" literal, sizeof(literal) - 1}

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vn_bytes
{
    const char* data;
    size_t size;
} vn_bytes;

typedef int32_t vn_status;
enum
{
    VN_OK = 0,
    VN_INVALID = 1,   /* the input is wrong; the same input will fail again: not tried again */
    VN_RETRY = 2,     /* a passing fault: tried again */
    VN_CANCELLED = 3, /* cancelled() was seen */
    VN_FAILED = 4     /* anything else; every value not listed here counts as this */
};

enum
{
    VN_LOG_DEBUG = 0,
    VN_LOG_INFO = 1,
    VN_LOG_WARNING = 2,
    VN_LOG_ERROR = 3
};

/* ---- What the host offers to an instance. Lives until destroy() has returned. ---- */

typedef struct vn_host
{
    uint32_t struct_size;
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t reserved;
    void* impl; /* the host's own */
    /* [any] One line for the server's log, tagged with the plugin's name; cut at 4 KB. */
    void (*log)(const struct vn_host* host, int32_t level, vn_bytes text);
    /* [any] A setting of this plugin's own section; {NULL, 0} where unset. key: NUL-terminated, borrowed.
     * The bytes live until destroy() has returned. */
    vn_bytes (*setting)(const struct vn_host* host, const char* key);
} vn_host;

/* ---- One call: what is asked, and where the answer goes. Lives, with all it points to, until the call returns. ----
 * What does not apply (a function has no payload; vn-plugin-check has no request) is empty or 0. */

typedef struct vn_call
{
    uint32_t struct_size;
    uint32_t attempt;     /* from 1 */
    uint32_t group;       /* index of the group in its request, from 0 */
    uint32_t task_number; /* number of the task in its group, from 1 */
    int64_t deadline_ms;  /* milliseconds left when the call began; negative: no deadline */
    void* impl;           /* the host's own */
    vn_bytes name;        /* of the task or function that is called; of a fetcher: the scheme */
    vn_bytes payload;     /* the task document */
    vn_bytes request_id;
    vn_bytes group_name;
    vn_bytes traceparent; /* W3C trace context, 00-<trace id>-<span id>-<flags>; empty without a trace */
    /* [any] Non-zero once nobody wants the answer any more: cancelled, or the deadline has passed. Cheap: poll it in
     * long loops, then return VN_CANCELLED. Who ignores it is killed after a grace, or abandoned. */
    int32_t (*cancelled)(const struct vn_call* call);
    /* [any] Milliseconds left until the deadline; 0 once it has passed, negative if there is none. */
    int64_t (*time_left)(const struct vn_call* call);
    /* [worker] Appends to the answer; it counts only if the call then returns VN_OK. Not VN_OK: the answer has become
     * too large and the call fails whatever it returns; stop. */
    vn_status (*write)(struct vn_call* call, vn_bytes chunk);
    /* [worker] Says why; the last reason wins; cut at 4 KB. Counts only if the call does not return VN_OK. */
    void (*fail)(struct vn_call* call, vn_bytes reason);
    /* [worker] How far the call has come: 0 to 1, negative if unknown; a short text, may be empty. May be dropped. */
    void (*progress)(struct vn_call* call, double fraction, vn_bytes text);
} vn_call;

/* ---- What a plugin is. Lives as long as the library. ---- */

typedef struct vn_instance vn_instance; /* the plugin's own; opaque to the host */

enum
{
    VN_CONCURRENT = 1u << 0, /* calls into one instance may overlap */
    VN_SERIAL = 1u << 1      /* one call at a time in the whole process, all instances together */
};

typedef struct vn_plugin
{
    uint32_t struct_size; /* sizeof(vn_plugin) */
    uint32_t abi_major;   /* VN_ABI_MAJOR: has to equal the host's */
    uint32_t abi_minor;   /* VN_ABI_MINOR: at most the host's */
    uint32_t flags;       /* VN_CONCURRENT or VN_SERIAL or 0: one call per instance. Both or unknown bits: refused */
    const char* name;     /* 1 to 64 of A-Z a-z 0-9 . _ - */
    const char* version;  /* 1 to 64 printable ASCII characters, by convention 1.2.3 */
    /* [main] NULL on failure, after a log() at VN_LOG_ERROR that says why. */
    vn_instance* (*create)(const vn_host* host);
    /* [main] Called once, after the last call has returned. Not called when the process is killed. */
    void (*destroy)(vn_instance* instance);
    /* [main] What this instance can do: a table by id, such as VN_TASK; NULL for every other id.
     * The table, and all it points to, live unchanged until destroy(). */
    const void* (*capability)(vn_instance* instance, const char* id);
} vn_plugin;

/* The one symbol that a plugin exports. [main] Never NULL; always the same. */
VN_EXPORT const vn_plugin* vn_plugin_entry(void);

/* ---- vn.task/1: values a task. ---- */

#define VN_TASK "vn.task/1"
typedef struct vn_task
{
    uint32_t struct_size;
    uint32_t name_count;
    /* The valuations this plugin wants without a route in the settings: exact names, each 1 to 255 bytes of UTF-8
     * without control characters. May be NULL when name_count is 0. */
    const char* const* names;
    /* [worker] call->payload is the task document. The answer is the whole document as changed, or its `valuation`
     * element alone, or one decimal number, which becomes the first .//analytics/price/amount. */
    vn_status (*run)(vn_instance* instance, vn_call* call);
} vn_task;

/* ---- vn.function/1: hydration functions. ---- */

#define VN_FUNCTION "vn.function/1"

/* How arguments and results are written. Of arguments the host hands over the bytes; the function checks them. */
enum
{
    VN_TYPE_TEXT = 0,
    VN_TYPE_NUMBER = 1,  /* decimal: -12.5, 1e-3 */
    VN_TYPE_INTEGER = 2, /* 64 bits, decimal */
    VN_TYPE_BOOLEAN = 3, /* true or false */
    VN_TYPE_DATE = 4,    /* 2026-01-31, also with a time: 2026-01-31T12:00:00Z */
    VN_TYPE_XML = 5,     /* nodes, serialised; a result: well-formed content, any number of nodes */
    VN_TYPE_PATH = 6     /* an XPath location path, not evaluated; a result: the nodes that it selects there */
};

enum
{
    VN_ARGUMENT_OPTIONAL = 1u << 0, /* may be missing; every one after it as well */
    VN_ARGUMENT_REPEATED = 1u << 1  /* the last only: once or more; with OPTIONAL also not at all */
};

/* Never grows. */
typedef struct vn_argument
{
    const char* name; /* as a function's name */
    const char* help; /* one line; may be NULL */
    int32_t type;
    uint32_t flags;
} vn_argument;

typedef struct vn_function
{
    uint32_t struct_size;
    uint32_t argument_count;      /* at most 64 */
    const char* name;             /* 1 to 64 of A-Z a-z 0-9 _ - . and not beginning with - . or a digit */
    const char* help;             /* one line; may be NULL */
    const vn_argument* arguments; /* may be NULL when argument_count is 0 */
    int32_t result;               /* a VN_TYPE_... */
    uint32_t flags;               /* 0 */
    /* [worker] self is this table. count fits what is declared, and arguments[i] has the type of argument i, as written
     * by the author of the request: check it. The result goes through write(). */
    vn_status (*call)(vn_instance* instance, const struct vn_function* self, vn_call* call, const vn_bytes* arguments,
                      uint32_t count);
} vn_function;

typedef struct vn_functions
{
    uint32_t struct_size;
    uint32_t count;                      /* at most 10,000 */
    const vn_function* const* functions; /* one pointer each, so that vn_function can grow */
} vn_functions;

/* ---- vn.fetcher/1: documents behind hrefs. ---- */

#define VN_FETCHER "vn.fetcher/1"
typedef struct vn_fetcher
{
    uint32_t struct_size;
    uint32_t scheme_count;
    const char* const* schemes; /* lower case, without the colon: "ftp"; RFC 3986 section 3.1, at most 32 characters */
    /* [worker] Writes the bytes of the document that uri (with its scheme) names. VN_INVALID: there is none. */
    vn_status (*fetch)(vn_instance* instance, vn_call* call, vn_bytes uri);
} vn_fetcher;

#ifdef __cplusplus
}
#endif
#endif
