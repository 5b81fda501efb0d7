/* Values every task with one amount from the settings, in C: the answer is a number, the host puts it into the
 * document. */
#include <vn/plugin.h>

#include <stdlib.h>
#include <string.h>

struct vn_instance
{
    char amount[32];
};

static vn_instance* create(const vn_host* host)
{
    static const vn_bytes too_long = VN_BYTES("the setting amount is longer than 31 characters");
    const vn_bytes unset = VN_BYTES("100.00");
    vn_bytes amount = host->setting(host, "amount");
    vn_instance* self;

    if (amount.size == 0)
        amount = unset;
    if (amount.size >= sizeof self->amount)
    {
        host->log(host, VN_LOG_ERROR, too_long);
        return NULL;
    }
    self = calloc(1, sizeof *self);
    if (self)
        memcpy(self->amount, amount.data, amount.size);
    return self;
}

static void destroy(vn_instance* self)
{
    free(self);
}

static vn_status run(vn_instance* self, vn_call* call)
{
    const vn_bytes answer = {self->amount, strlen(self->amount)};
    return call->write(call, answer);
}

static const void* capability(vn_instance* self, const char* id)
{
    static const char* const names[] = {"fixed-c"};
    static const vn_task task = {sizeof(vn_task), 1, names, run};
    (void)self;
    return strcmp(id, VN_TASK) == 0 ? &task : NULL;
}

const vn_plugin* vn_plugin_entry(void)
{
    static const vn_plugin plugin = {sizeof(vn_plugin), VN_ABI_MAJOR, VN_ABI_MINOR, VN_CONCURRENT, "fixed-amount-c",
                                     "1.0.0",           create,       destroy,      capability};
    return &plugin;
}
