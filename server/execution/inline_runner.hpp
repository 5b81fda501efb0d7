// A trusted plugin inside of the server, on threads of its own.
#pragma once

#include "domain/document_gate.hpp"
#include "execution/mapped_plugins.hpp"
#include "execution/plugin_runner.hpp"
#include "execution/settings.hpp"

#include <boost/asio/thread_pool.hpp>

#include <map>
#include <memory>
#include <string>

namespace vn {

// Maps the file (absolute path, never written again) and makes its instances, on a thread of the plugin. name: as the
// plugin describes itself, by which mapped counts. Codes: plugin-refused (also after start_timeout, and when mapped
// has no room).
//
// A call whose time is over is answered at once; its worker counts as abandoned until it returns. While all are, the
// plugin is unhealthy and calls fail with plugin-unavailable. VN_CONCURRENT: one instance for all workers; VN_SERIAL:
// one worker, and one call at a time with other versions of the plugin; else an instance for each worker.
//
// pool: judges large outputs; it and mapped outlive the runner. Destroy it when is_done(), or, if nothing but abandoned
// workers is left, any time after drain(): they, and what they refer to, live on.
awaitable<result<std::unique_ptr<plugin_runner>, failure>>
make_inline_runner(asio::thread_pool& pool, mapped_plugins& mapped, std::string file, std::string name,
                   std::map<std::string, std::string> plugin_section, plugin_settings settings,
                   document_limits limits = {});

} // namespace vn
