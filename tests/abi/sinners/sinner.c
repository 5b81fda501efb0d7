/* A plugin that commits the sin chosen by -DSIN=SIN_..., and is good otherwise. It values the task "sin-<name>"
 * (SIN_TASK) with 101.00. Also compiled as C++, for the sin of throwing. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "sins.h"

#include <vn/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct vn_instance
{
    int unused;
};

static struct vn_instance the_instance;
static const vn_host* host_of_all;

#include "sin_at_load.h"
#include "sin_at_run.h"

#ifdef SIN_UNRESOLVED
extern int defined_nowhere(void);
#define UNRESOLVED() defined_nowhere()
#elif defined(SIN_ABSENT)
extern int in_an_absent_library(void);
#define UNRESOLVED() in_an_absent_library()
#else
#define UNRESOLVED() 0
#endif

static vn_instance* create(const vn_host* host)
{
    host_of_all = host;
    if (SIN == SIN_create_null)
        return NULL;
    if (SIN == SIN_create_crash)
        crash();
    if (SIN == SIN_create_hang)
        sleep_for_ever(NULL);
    the_instance.unused = UNRESOLVED();
    return &the_instance;
}

static void destroy(vn_instance* self)
{
    (void)self;
    if (SIN == SIN_destroy_crash)
        crash();
}

static vn_status twice(vn_instance* self, const vn_function* table, vn_call* call, const vn_bytes* arguments,
                       uint32_t n)
{
    (void)self, (void)table, (void)n;
    call->write(call, arguments[0]);
    return call->write(call, arguments[0]);
}

static const vn_argument twice_arguments[] = {{SIN == SIN_bad_argument ? NULL : "what", "said twice", VN_TYPE_TEXT, 0}};
static const vn_function twice_function = {sizeof(vn_function), 1, "twice", "Says it twice", twice_arguments,
                                           VN_TYPE_TEXT,        0, twice};
static const vn_function* const function_list[] = {SIN == SIN_null_function ? NULL : &twice_function};
static const vn_functions functions = {sizeof(vn_functions), 1, function_list};

static const char* const task_names[] = {SIN_TASK};
static const vn_task task = {sizeof(vn_task), 1, SIN == SIN_null_names ? NULL : task_names,
                             SIN == SIN_null_run ? NULL : run};

static const void* capability(vn_instance* self, const char* id)
{
    (void)self;
    if (SIN == SIN_no_capability)
        return NULL;
    if (strcmp(id, VN_TASK) == 0 || SIN == SIN_any_capability)
        return &task;
    if (strcmp(id, VN_FUNCTION) == 0 && (SIN == SIN_null_function || SIN == SIN_bad_argument))
        return &functions;
    return NULL;
}

static const vn_plugin plugin = {SIN == SIN_small_table ? sizeof(vn_plugin) - 8
                                 : SIN == SIN_wild_size ? 0x7fffffff
                                                        : sizeof(vn_plugin),
                                 SIN == SIN_other_major ? VN_ABI_MAJOR + 1 : VN_ABI_MAJOR,
                                 SIN == SIN_newer_minor ? VN_ABI_MINOR + 1 : VN_ABI_MINOR,
                                 SIN == SIN_both_flags     ? (VN_CONCURRENT | VN_SERIAL)
                                 : SIN == SIN_unknown_flag ? 1u << 20
                                 : SIN == SIN_unsafe       ? VN_CONCURRENT
                                 : SIN == SIN_serial       ? VN_SERIAL
                                                           : 0u,
                                 SIN == SIN_null_name  ? NULL
                                 : SIN == SIN_bad_name ? "bad name\r\nX-Header: yes"
                                                       : SIN_TASK,
                                 "1.0.0",
                                 SIN == SIN_null_create ? NULL : create,
                                 SIN == SIN_null_destroy ? NULL : destroy,
                                 SIN == SIN_null_capability ? NULL : capability};

#ifdef SIN_NO_ENTRY
VN_EXPORT const vn_plugin* another_entry(void);
const vn_plugin* another_entry(void)
{
    return &plugin;
}
#else
const vn_plugin* vn_plugin_entry(void)
{
    return SIN == SIN_null_table ? NULL : &plugin;
}
#endif
