// The part of the server that deals with addresses.
#include "http/connection.hpp"
#include "http/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace vn::http {

namespace {

using boost::system::system_error;

constexpr std::string_view unix_prefix = "unix:";

std::string without_brackets(const std::string& address)
{
    if (address.starts_with('[') && address.ends_with(']'))
        return address.substr(1, address.size() - 2);
    return address;
}

// A socket file that nobody listens on was left by a server that was killed.
void remove_left_over(asio::any_io_executor ex, const std::string& path)
{
    struct stat info;
    if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode))
        return;
    asio::local::stream_protocol::socket probe(ex);
    error_code ec;
    probe.connect(asio::local::stream_protocol::endpoint(path), ec);
    if (ec == asio::error::connection_refused)
        ::unlink(path.c_str());
}

} // namespace

server::~server()
{
    close();
}

void server::close()
{
    error_code closed_already;
    acceptor_.close(closed_already);
    if (!unix_path_.empty())
        ::unlink(unix_path_.c_str());
    unix_path_.clear();
}

void server::listen()
{
    const auto& address = settings_.address;
    try
    {
        if (address.starts_with(unix_prefix))
            listen_unix(address.substr(unix_prefix.size()));
        else
            listen_ip();
        ::fcntl(acceptor_.native_handle(), F_SETFD, FD_CLOEXEC);
    }
    catch (const system_error& e)
    {
        error_code closed_already;
        acceptor_.close(closed_already);
        const auto where =
            address.starts_with(unix_prefix) ? address : address + " port " + std::to_string(settings_.port);
        throw std::runtime_error("cannot listen on " + where + ": " + e.code().message());
    }
}

void server::listen_ip()
{
    const auto name = without_brackets(settings_.address);
    // The resolver would take it for every address there is.
    if (name.empty())
        throw system_error(make_error_code(boost::system::errc::invalid_argument));
    asio::ip::tcp::resolver resolver(ex_);
    const auto found = resolver.resolve(name, std::to_string(settings_.port), asio::ip::tcp::resolver::passive);
    const asio::ip::tcp::endpoint wanted = found.begin()->endpoint();

    acceptor_.open(wanted.protocol());
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    if (wanted.address().is_v6())
        acceptor_.set_option(asio::ip::v6_only(!wanted.address().is_unspecified()));
    acceptor_.bind(wanted);
    acceptor_.listen();

    const auto taken = acceptor_.local_endpoint();
    where_ = endpoint_text(taken);
    port_ = static_cast<std::uint16_t>(std::stoul(where_.substr(where_.rfind(':') + 1)));
}

void server::listen_unix(const std::string& path)
{
    // An empty path would be a name made up by the kernel.
    if (path.empty())
        throw system_error(make_error_code(boost::system::errc::invalid_argument));
    // Throws for a path that is too long.
    const asio::local::stream_protocol::endpoint wanted(path);
    remove_left_over(ex_, path);
    acceptor_.open(wanted.protocol());
    acceptor_.bind(wanted);
    unix_path_ = path;
    acceptor_.listen();
    where_ = std::string(unix_prefix) + path;
}

} // namespace vn::http
