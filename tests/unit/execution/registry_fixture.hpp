// A registry with plugins that run nowhere, for its own tests and for those of the router.
#pragma once

#include "core/log.hpp"
#include "execution/plugin_registry.hpp"

#include "support/fake_runner.hpp"
#include "support/io_fixture.hpp"

#include <map>
#include <memory>
#include <string>

namespace vn::test {

struct registry_fixture : io_fixture
{
    std::map<std::string, std::shared_ptr<fake_runner>> runners; // by SHA-256
    plugin_registry registry;

    registry_fixture() { log::start(log::level::off, log::format::json); }

    void offer(plugin_source s)
    {
        if (!registry.accepts(s))
            return;
        auto runner = runners[s.sha256] = std::make_shared<fake_runner>(ctx.get_executor(), s.description);
        registry.offer(std::move(s), {runner, "host", ""});
    }
    void offer(const std::string& file, const std::string& sha, plugin_description d)
    {
        offer({.file = file, .path = "/copies/" + sha, .sha256 = sha, .description = std::move(d), .choice = {}});
    }
};

} // namespace vn::test
