/* The layout of version 1.0 on 64-bit machines, of today's header and of the frozen one: compiled with -DHEADER=... */
#include HEADER

#define AT(table, slot, offset) _Static_assert(offsetof(table, slot) == (offset), #table "." #slot)
#define SIZE(table, size) _Static_assert(sizeof(table) >= (size), #table)
#define FROZEN_SIZE(table, size) _Static_assert(sizeof(table) == (size), #table)

_Static_assert(sizeof(void*) == 8 && sizeof(size_t) == 8, "the numbers below are those of 64-bit machines");

FROZEN_SIZE(vn_bytes, 16);
AT(vn_bytes, data, 0);
AT(vn_bytes, size, 8);
FROZEN_SIZE(vn_status, 4);

SIZE(vn_host, 40);
AT(vn_host, struct_size, 0);
AT(vn_host, abi_major, 4);
AT(vn_host, abi_minor, 8);
AT(vn_host, reserved, 12);
AT(vn_host, impl, 16);
AT(vn_host, log, 24);
AT(vn_host, setting, 32);

SIZE(vn_call, 152);
AT(vn_call, struct_size, 0);
AT(vn_call, attempt, 4);
AT(vn_call, group, 8);
AT(vn_call, task_number, 12);
AT(vn_call, deadline_ms, 16);
AT(vn_call, impl, 24);
AT(vn_call, name, 32);
AT(vn_call, payload, 48);
AT(vn_call, request_id, 64);
AT(vn_call, group_name, 80);
AT(vn_call, traceparent, 96);
AT(vn_call, cancelled, 112);
AT(vn_call, time_left, 120);
AT(vn_call, write, 128);
AT(vn_call, fail, 136);
AT(vn_call, progress, 144);

SIZE(vn_plugin, 56);
AT(vn_plugin, struct_size, 0);
AT(vn_plugin, abi_major, 4);
AT(vn_plugin, abi_minor, 8);
AT(vn_plugin, flags, 12);
AT(vn_plugin, name, 16);
AT(vn_plugin, version, 24);
AT(vn_plugin, create, 32);
AT(vn_plugin, destroy, 40);
AT(vn_plugin, capability, 48);

SIZE(vn_task, 24);
AT(vn_task, struct_size, 0);
AT(vn_task, name_count, 4);
AT(vn_task, names, 8);
AT(vn_task, run, 16);

FROZEN_SIZE(vn_argument, 24);
AT(vn_argument, name, 0);
AT(vn_argument, help, 8);
AT(vn_argument, type, 16);
AT(vn_argument, flags, 20);

SIZE(vn_function, 48);
AT(vn_function, struct_size, 0);
AT(vn_function, argument_count, 4);
AT(vn_function, name, 8);
AT(vn_function, help, 16);
AT(vn_function, arguments, 24);
AT(vn_function, result, 32);
AT(vn_function, flags, 36);
AT(vn_function, call, 40);

SIZE(vn_functions, 16);
AT(vn_functions, struct_size, 0);
AT(vn_functions, count, 4);
AT(vn_functions, functions, 8);

SIZE(vn_fetcher, 24);
AT(vn_fetcher, struct_size, 0);
AT(vn_fetcher, scheme_count, 4);
AT(vn_fetcher, schemes, 8);
AT(vn_fetcher, fetch, 16);

_Static_assert(VN_OK == 0 && VN_INVALID == 1 && VN_RETRY == 2 && VN_CANCELLED == 3 && VN_FAILED == 4, "statuses");
_Static_assert(VN_CONCURRENT == 1 && VN_SERIAL == 2, "flags");
_Static_assert(VN_LOG_DEBUG == 0 && VN_LOG_INFO == 1 && VN_LOG_WARNING == 2 && VN_LOG_ERROR == 3, "levels");
_Static_assert(VN_TYPE_TEXT == 0 && VN_TYPE_NUMBER == 1 && VN_TYPE_INTEGER == 2 && VN_TYPE_BOOLEAN == 3, "types");
_Static_assert(VN_TYPE_DATE == 4 && VN_TYPE_XML == 5 && VN_TYPE_PATH == 6, "types");
_Static_assert(VN_ARGUMENT_OPTIONAL == 1 && VN_ARGUMENT_REPEATED == 2, "argument flags");
_Static_assert(VN_ABI_MAJOR == 1, "a new major number needs a frozen header and a layout of its own");
