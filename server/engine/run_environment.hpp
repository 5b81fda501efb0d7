// What the runs of requests and groups use.
#pragma once

#include "engine/document_work.hpp"
#include "engine/lifecycle_feed.hpp"
#include "engine/sent_documents.hpp"
#include "engine/settings.hpp"
#include "engine/updates_feed.hpp"

#include "domain/valuation_document.hpp"
#include "redis/client.hpp"

namespace vn {

// What every run uses; all of it outlives the runs.
struct run_environment
{
    redis::client& redis;
    updates_feed& updates;
    sent_documents& sent;
    lifecycle_feed& ends;
    document_work& documents;
    const hydration_environment& hydration;
    const engine_settings& settings;
};

} // namespace vn
