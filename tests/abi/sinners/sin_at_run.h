/* Sins of a call. Included by sinner.c. Where a sin leaves the call alive, the answer is 101.00. */

#ifdef __cplusplus
extern "C++" {
struct unknown_to_the_host
{
    int number;
};
}
#define THROW() throw unknown_to_the_host{42}
#else
#define THROW() abort()
#endif

static vn_bytes text(const char* literal)
{
    vn_bytes bytes;
    bytes.data = literal;
    bytes.size = strlen(literal);
    return bytes;
}

static void say(vn_call* call, const char* literal)
{
    call->write(call, text(literal));
}

static void nap(long milliseconds)
{
    struct timespec time;
    time.tv_sec = milliseconds / 1000;
    time.tv_nsec = milliseconds % 1000 * 1000000;
    while (nanosleep(&time, &time) != 0 && errno == EINTR)
        ;
}

static volatile int sink;

static int overflow(int depth)
{
    volatile char block[4096];
    block[0] = (char)depth;
    block[4095] = 1;
    return overflow(depth + 1) + block[0] + block[4095];
}

static void print_much(FILE* out)
{
    static char line[1024];
    int i;
    memset(line, 'p', sizeof line - 1);
    for (i = 0; i < 32 * 1024; ++i)
        fputs(line, out);
    fflush(out);
}

/* Touches what it takes; gives up by itself at 1 GB, so that a test without limits does not end the machine. */
static void take_memory(void)
{
    const size_t step = (size_t)16 << 20;
    int i;
    for (i = 0; i < 64; ++i)
    {
        char* volatile block = (char*)malloc(step); /* volatile: or the compiler leaves it out */
        if (!block)
            abort();
        memset(block, i, step);
        sink = block[step / 2];
    }
}

static void* write_later(void* call)
{
    nap(100);
    say((vn_call*)call, "too late");
    return NULL;
}

static void* write_now(void* call)
{
    say((vn_call*)call, "101.00");
    return NULL;
}

static void write_from_thread(vn_call* call, void* (*body)(void*), int wait)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, call) != 0)
        return;
    if (wait)
        pthread_join(thread, NULL);
    else
        pthread_detach(thread);
}

/* Calls that overlap see each other's number. */
static void unsafe_sum(vn_call* call)
{
    static volatile long sum;
    char answer[32];
    int i;
    sum = 0;
    for (i = 0; i < 100000; ++i)
        sum = sum + 1;
    snprintf(answer, sizeof answer, "%ld", (long)sum);
    say(call, answer);
}

static jmp_buf back;

static vn_status sinful_run(vn_instance* self, vn_call* call)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int inside;
    vn_bytes bytes;
    int i;
    (void)self;

    switch (SIN)
    {
    case SIN_null_pointer:
        crash();
        break;
    case SIN_abort:
        abort();
    case SIN_stack_overflow:
        sink = overflow(0);
        break;
    case SIN_divide:
        sink = 1 / sink;
        raise(SIGFPE);
        break;
    case SIN_illegal:
        __builtin_trap();
        break;
    case SIN_exit:
        exit(0);
    case SIN_quick_exit:
        _exit(0);
    case SIN_longjmp:
        longjmp(back, 1);
        break;
    case SIN_throw:
        THROW();
        break;
    case SIN_pthread_exit:
        pthread_exit(NULL);
        break;
    case SIN_kill_self:
        kill(getpid(), SIGKILL);
        break;

    case SIN_loop:
        for (;;)
            sink = sink + 1;
        break;
    case SIN_lock:
        pthread_mutex_lock(&lock);
        pthread_mutex_lock(&lock);
        break;
    case SIN_ignores_cancel:
        /* With the setting `stays` for longer than any test waits. */
        nap(host_of_all->setting(host_of_all, "stays").size > 0 ? 600000 : 3000);
        break;
    case SIN_slow:
        for (i = 0; i < 50; ++i)
        {
            if (call->cancelled(call))
                return VN_CANCELLED;
            call->progress(call, i / 50.0, text("slowly"));
            nap(10);
        }
        break;

    case SIN_allocates_100gb: {
        char* volatile block = (char*)malloc((size_t)100 << 30);
        if (!block)
        {
            call->fail(call, text("out of memory"));
            return VN_FAILED;
        }
        block[0] = 1;
        sink = block[0];
        free(block);
        break;
    }
    case SIN_hog:
        take_memory();
        break;
    case SIN_leak: {
        void* volatile lost = malloc(4096);
        if (lost)
            memset(lost, 1, 4096);
        break;
    }
    case SIN_files:
        (void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
        break;
    case SIN_threads:
        start_thread(sleep_for_ever);
        break;
    case SIN_forks:
        start_process();
        break;
    case SIN_huge_output: {
        static char block[1 << 20];
        memset(block, '7', sizeof block);
        bytes.data = block;
        bytes.size = sizeof block;
        for (i = 0; i < 1024; ++i)
            call->write(call, bytes);
        return VN_OK;
    }
    case SIN_prints:
        print_much(stdout);
        break;
    case SIN_prints_errors:
        print_much(stderr);
        break;
    case SIN_logs:
        for (i = 0; i < 100000; ++i)
            host_of_all->log(host_of_all, VN_LOG_WARNING, text("again and again"));
        break;

    case SIN_empty_output:
        return VN_OK;
    case SIN_garbage:
        say(call, "<vnml><valuation>half a");
        return VN_OK;
    case SIN_not_utf8:
        say(call, "<valuation>\xff\xfe</valuation>");
        return VN_OK;
    case SIN_null_output:
        bytes.data = NULL;
        bytes.size = 5;
        call->write(call, bytes);
        return VN_OK;
    case SIN_lying_size:
        bytes.data = "short";
        bytes.size = (size_t)1 << 46;
        call->write(call, bytes);
        return VN_OK;
    case SIN_bad_status:
        return 77;
    case SIN_no_reason:
        return VN_FAILED;
    case SIN_fails:
        call->fail(call, text("on purpose"));
        return VN_FAILED;
    case SIN_retries:
        call->fail(call, text("not now"));
        return VN_RETRY;
    case SIN_writes_later:
        write_from_thread(call, write_later, 0);
        break;
    case SIN_writes_elsewhere:
        write_from_thread(call, write_now, 1);
        return VN_OK;

    case SIN_locale:
        setlocale(LC_ALL, "C.UTF-8");
        break;
    case SIN_chdir:
        (void)!chdir("/");
        break;
    case SIN_signals:
        catch_signals();
        break;
    case SIN_umask:
        umask(0);
        break;
    case SIN_environment:
        setenv("PATH", "/nowhere", 1);
        break;
    case SIN_closes_files:
        for (i = 0; i < 1024; ++i)
            close(i);
        break;
    case SIN_unsafe:
        unsafe_sum(call);
        return VN_OK;
    case SIN_serial: /* no sin of its own: tells a host that overlaps calls although it declares VN_SERIAL */
        if (__atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST) != 1)
        {
            call->fail(call, text("two calls at once"));
            return VN_INVALID;
        }
        nap(2);
        __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
        break;
    default:
        break;
    }
    say(call, "101.00");
    return VN_OK;
}

static vn_status run(vn_instance* self, vn_call* call)
{
    /* A longjmp to a place that was left: what happens is anybody's guess, mostly a crash. */
    if (SIN == SIN_longjmp && setjmp(back) != 0)
        abort();
    return sinful_run(self, call);
}
