#include "plugin_host/opened_plugin.hpp"

#include <cstdint>

namespace vn::plugin_host {

opened_plugin::opened_plugin(std::map<std::string, std::string> settings, offered_host::log_sink log)
    : host_(std::move(settings), [this, log = std::move(log)](std::int32_t level, std::string_view text) {
          if (level == VN_LOG_ERROR && !instance_)
              last_error_ = text;
          log(level, text);
      })
{}

result<std::unique_ptr<opened_plugin>, failure>
opened_plugin::open(const std::string& path, std::map<std::string, std::string> settings, offered_host::log_sink log)
{
    const auto loaded = blocking_load_plugin(path);
    if (!loaded)
        return loaded.error();
    std::unique_ptr<opened_plugin> self(new opened_plugin(std::move(settings), std::move(log)));
    self->plugin_ = *loaded;
    self->instance_ = self->plugin_->create(self->host_.table());
    if (!self->instance_)
        return failure{.code = "plugin-refused",
                       .message = "its create() failed" + (self->last_error_.empty() ? "" : ": " + self->last_error_)};
    auto description = read_tables(*self->plugin_, self->instance_, self->tables_);
    if (!description)
        return description.error();
    self->description_ = std::move(*description);
    return self;
}

opened_plugin::~opened_plugin()
{
    if (instance_)
        plugin_->destroy(instance_);
}

} // namespace vn::plugin_host
