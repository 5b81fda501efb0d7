/* A plugin as it was built with the SDK 1.0.0: from the frozen header, and nothing that came later. */
#include "plugin-1.0.h"

#include <string.h>

static int instance;

static vn_instance* create(const vn_host* host)
{
    const vn_bytes text = VN_BYTES("created");
    host->log(host, VN_LOG_INFO, text);
    return (vn_instance*)&instance;
}

static void destroy(vn_instance* self)
{
    (void)self;
}

static vn_status run(vn_instance* self, vn_call* call)
{
    const vn_bytes answer = VN_BYTES("42.50");
    const vn_bytes half = VN_BYTES("half");
    (void)self;
    if (call->cancelled(call))
        return VN_CANCELLED;
    call->progress(call, 0.5, half);
    return call->write(call, answer);
}

static vn_status first(vn_instance* self, const vn_function* function, vn_call* call, const vn_bytes* arguments,
                       uint32_t count)
{
    const vn_bytes reason = VN_BYTES("no argument");
    (void)self, (void)function;
    if (count == 0)
    {
        call->fail(call, reason);
        return VN_INVALID;
    }
    return call->write(call, arguments[0]);
}

static vn_status fetch(vn_instance* self, vn_call* call, vn_bytes uri)
{
    (void)self;
    return call->write(call, uri);
}

static const void* capability(vn_instance* self, const char* id)
{
    static const char* const tasks[] = {"frozen"};
    static const vn_task task = {sizeof(vn_task), 1, tasks, run};
    static const vn_argument arguments[] = {{"one", "the one", VN_TYPE_TEXT, 0},
                                            {"more", NULL, VN_TYPE_TEXT, VN_ARGUMENT_OPTIONAL | VN_ARGUMENT_REPEATED}};
    static const vn_function row = {sizeof(vn_function), 2, "first", "The first", arguments, VN_TYPE_TEXT, 0, first};
    static const vn_function* const rows[] = {&row};
    static const vn_functions functions = {sizeof(vn_functions), 1, rows};
    static const char* const schemes[] = {"frozen"};
    static const vn_fetcher fetcher = {sizeof(vn_fetcher), 1, schemes, fetch};
    (void)self;
    return !strcmp(id, VN_TASK)       ? (const void*)&task
           : !strcmp(id, VN_FUNCTION) ? (const void*)&functions
           : !strcmp(id, VN_FETCHER)  ? (const void*)&fetcher
                                      : NULL;
}

const vn_plugin* vn_plugin_entry(void)
{
    static const vn_plugin plugin = {sizeof(vn_plugin), 1,      0,       VN_CONCURRENT, "frozen",
                                     "1.0.0",           create, destroy, capability};
    return &plugin;
}
