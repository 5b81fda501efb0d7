/* Every sin a test plugin can commit; -DSIN=SIN_... chooses one. What they do is in sinner.c, sin_at_load.h,
 * sin_at_run.h. */
#ifndef SINS_H
#define SINS_H

enum sin
{
    SIN_none, /* answers with 101.00 */
    /* the table */
    SIN_null_table,
    SIN_other_major,
    SIN_newer_minor,
    SIN_small_table,
    SIN_wild_size,
    SIN_null_create,
    SIN_null_destroy,
    SIN_null_capability,
    SIN_null_run,
    SIN_null_names,
    SIN_both_flags,
    SIN_unknown_flag,
    SIN_bad_name,
    SIN_null_name,
    SIN_no_capability,
    SIN_any_capability,
    SIN_null_function,
    SIN_bad_argument,
    /* while it is loaded */
    SIN_load_crash,
    SIN_load_exit,
    SIN_load_hang,
    SIN_load_fork,
    SIN_load_thread,
    SIN_load_locale,
    SIN_load_chdir,
    SIN_load_signals,
    SIN_load_umask,
    SIN_load_environment,
    /* create, destroy, end of the process */
    SIN_create_null,
    SIN_create_crash,
    SIN_create_hang,
    SIN_destroy_crash,
    SIN_exit_crash,
    /* in a call: the end of it all */
    SIN_null_pointer,
    SIN_abort,
    SIN_stack_overflow,
    SIN_divide,
    SIN_illegal,
    SIN_exit,
    SIN_quick_exit,
    SIN_longjmp,
    SIN_throw,
    SIN_pthread_exit,
    SIN_kill_self,
    /* in a call: never coming back, or late */
    SIN_loop,
    SIN_lock,
    SIN_ignores_cancel,
    SIN_slow,
    /* in a call: taking too much */
    SIN_allocates_100gb,
    SIN_hog,
    SIN_leak,
    SIN_files,
    SIN_threads,
    SIN_forks,
    SIN_huge_output,
    SIN_prints,
    SIN_prints_errors,
    SIN_logs,
    /* in a call: wrong answers */
    SIN_empty_output,
    SIN_garbage,
    SIN_not_utf8,
    SIN_null_output,
    SIN_lying_size,
    SIN_bad_status,
    SIN_no_reason,
    SIN_fails,
    SIN_retries,
    SIN_writes_later,
    SIN_writes_elsewhere,
    /* in a call: what is not its own */
    SIN_locale,
    SIN_chdir,
    SIN_signals,
    SIN_umask,
    SIN_environment,
    SIN_closes_files,
    SIN_unsafe,
    SIN_serial
};

#endif
