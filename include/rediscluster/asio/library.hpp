/// Which Asio it is: standalone, where it is installed; Boost's with REDISCLUSTER_USE_BOOST_ASIO defined, or where there is no other.
#pragma once

#include <utility>  // before Boost 1.74, which forgets it

#if defined(REDISCLUSTER_USE_BOOST_ASIO) || !__has_include(<asio.hpp>)
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/version.hpp>
namespace rediscluster::detail {
namespace asio = boost::asio;
using AsioError = boost::system::error_code;
}  // namespace rediscluster::detail
#define REDISCLUSTER_ASIO_VERSION BOOST_ASIO_VERSION
#else
#include <asio/any_io_executor.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/dispatch.hpp>
#include <asio/error_code.hpp>
#include <asio/execution.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <asio/steady_timer.hpp>
#include <asio/version.hpp>
namespace rediscluster::detail {
namespace asio = ::asio;
using AsioError = ::asio::error_code;
}  // namespace rediscluster::detail
#define REDISCLUSTER_ASIO_VERSION ASIO_VERSION
#endif
#if REDISCLUSTER_ASIO_VERSION >= 101900
#define REDISCLUSTER_ASIO_HAS_SLOTS 1
#if defined(REDISCLUSTER_USE_BOOST_ASIO) || !__has_include(<asio.hpp>)
#include <boost/asio/associated_cancellation_slot.hpp>
#else
#include <asio/associated_cancellation_slot.hpp>
#endif
#endif
