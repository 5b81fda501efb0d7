/* The plugin of the black-box tests; plugin_files.py compiles it with what a test asks for: NAME, VERSION, TASK,
 * AMOUNT, GATE (calls wait for that file), FUNCTIONS (one that adds, named FUNCTION), BROKEN (it fails) or DEADLY (it
 * ends the process) instead of adding, SCHEME (a fetcher whose documents are DOCUMENT, but for those named missing and
 * broken), NEEDS (there is no instance without this setting), and one sin each: CRASH, HANG, ABSENT, NO_ENTRY, ABI. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vn/plugin.h>
#ifndef NAME
#define NAME "fixed"
#endif
#ifndef VERSION
#define VERSION "1.0"
#endif
#ifndef TASK
#define TASK "loan"
#endif
#ifndef AMOUNT
#define AMOUNT "7.00"
#endif
static const char* const names[] = {TASK};
static vn_status run(vn_instance* i, vn_call* c)
{
    (void)i;
#ifdef GATE
#ifdef DEAF
    while (access(GATE, F_OK) != 0)
#else
    while (access(GATE, F_OK) != 0 && !c->cancelled(c))
#endif
        usleep(5000);
#endif
    vn_bytes out = VN_BYTES(AMOUNT);
    return c->write(c, out);
}
static const vn_task task = {sizeof(vn_task), 1, names, run};
#ifndef FUNCTION
#define FUNCTION "plus"
#endif
static vn_status add(vn_instance* i, const vn_function* s, vn_call* c, const vn_bytes* a, uint32_t n)
{
    (void)i;
    (void)s;
    (void)n;
#ifdef DEADLY
    abort();
#endif
#ifdef BROKEN
    vn_bytes broken = VN_BYTES("the curve is gone");
    c->fail(c, broken);
    return VN_FAILED;
#endif
    long sum = 0;
    for (uint32_t k = 0; k < n; ++k)
    {
        char t[64] = "";
        char* end;
        memcpy(t, a[k].data, a[k].size < 63 ? a[k].size : 63);
        sum += strtol(t, &end, 10);
        if (*end || end == t)
        {
            vn_bytes why = VN_BYTES("not a number");
            c->fail(c, why);
            return VN_INVALID;
        }
    }
    char t[64];
    vn_bytes out = {t, (size_t)snprintf(t, sizeof t, "%ld", sum)};
    return c->write(c, out);
}
static const vn_argument arguments[] = {{"first", "one number", VN_TYPE_INTEGER, 0},
                                        {"second", "another", VN_TYPE_INTEGER, 0}};
static const vn_function plus = {sizeof(vn_function), 2, FUNCTION, "Adds two numbers.", arguments,
                                 VN_TYPE_INTEGER,     0, add};
static const vn_function* const list[] = {&plus};
static const vn_functions functions = {sizeof(vn_functions), 1, list};
#ifdef SCHEME
#ifndef DOCUMENT
#define DOCUMENT "<fetched/>"
#endif
static vn_status fetch(vn_instance* i, vn_call* c, vn_bytes uri)
{
    (void)i;
    if (uri.size == sizeof SCHEME ":missing" - 1 && memcmp(uri.data, SCHEME ":missing", uri.size) == 0)
        return VN_INVALID;
    if (uri.size == sizeof SCHEME ":broken" - 1 && memcmp(uri.data, SCHEME ":broken", uri.size) == 0)
    {
        vn_bytes why = VN_BYTES("the archive is closed");
        c->fail(c, why);
        return VN_RETRY;
    }
    vn_bytes out = VN_BYTES(DOCUMENT);
    return c->write(c, out);
}
static const char* const schemes[] = {SCHEME};
static const vn_fetcher fetcher = {sizeof(vn_fetcher), 1, schemes, fetch};
#endif
static vn_instance* create(const vn_host* h)
{
#ifdef NEEDS
    if (h->setting(h, NEEDS).size == 0)
    {
        vn_bytes why = VN_BYTES("the setting " NEEDS " is missing");
        h->log(h, VN_LOG_ERROR, why);
        return NULL;
    }
#endif
    (void)h;
    return (vn_instance*)&task;
}
static void destroy(vn_instance* i)
{
    (void)i;
}
static const void* capability(vn_instance* i, const char* id)
{
    (void)i;
    if (strcmp(id, VN_TASK) == 0)
        return &task;
#ifdef FUNCTIONS
    if (strcmp(id, VN_FUNCTION) == 0)
        return &functions;
#endif
    (void)functions;
#ifdef SCHEME
    if (strcmp(id, VN_FETCHER) == 0)
        return &fetcher;
#endif
    return NULL;
}
#ifdef CRASH
__attribute__((constructor)) static void crash(void)
{
    abort();
}
#endif
#ifdef HANG
__attribute__((constructor)) static void hang(void)
{
    for (;;)
        pause();
}
#endif
#ifdef ABSENT
void no_such_function_anywhere(void);
void use(void)
{
    no_such_function_anywhere();
}
#endif
#ifndef ABI
#define ABI VN_ABI_MAJOR
#endif
static const vn_plugin plugin = {sizeof(vn_plugin), ABI, VN_ABI_MINOR, 0, NAME, VERSION, create, destroy, capability};
#ifndef NO_ENTRY
const vn_plugin* vn_plugin_entry(void)
{
    return &plugin;
}
#else
const vn_plugin* other_entry(void)
{
    return &plugin;
}
#endif
