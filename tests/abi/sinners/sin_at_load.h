/* Sins of a constructor, committed before the host has called anything. Included by sinner.c. */

static void* sleep_for_ever(void* unused)
{
    (void)unused;
    for (;;)
        pause();
    return NULL;
}

static void start_thread(void* (*body)(void*))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, NULL) == 0)
        pthread_detach(thread);
}

static void start_process(void)
{
    if (fork() == 0)
    {
        alarm(30); /* ends it, should nobody else */
        sleep_for_ever(NULL);
    }
}

static void crash(void)
{
    volatile int* volatile nowhere = NULL;
    *nowhere = 1;
}

static void on_signal(int number)
{
    (void)number;
}

static void catch_signals(void)
{
    signal(SIGTERM, on_signal);
    signal(SIGINT, SIG_IGN);
    signal(SIGSEGV, on_signal);
}

__attribute__((constructor)) static void at_load(void)
{
    switch (SIN)
    {
    case SIN_load_crash:
        crash();
        break;
    case SIN_load_exit:
        exit(0);
    case SIN_load_hang:
        sleep_for_ever(NULL);
        break;
    case SIN_load_fork:
        start_process();
        break;
    case SIN_load_thread:
        start_thread(sleep_for_ever);
        break;
    case SIN_load_locale:
        setlocale(LC_ALL, "C.UTF-8");
        break;
    case SIN_load_chdir:
        (void)!chdir("/");
        break;
    case SIN_load_signals:
        catch_signals();
        break;
    case SIN_load_umask:
        umask(0);
        break;
    case SIN_load_environment:
        setenv("PATH", "/nowhere", 1);
        break;
    default:
        break;
    }
}

__attribute__((destructor)) static void at_exit(void)
{
    if (SIN == SIN_exit_crash)
        crash();
}
