# What the server is built from: a recent Boost (headers only) and Debian's libraries.

# A system Boost that is new enough, or one named by Boost_ROOT, goes before the one setup.sh unpacked.
foreach(dir IN ITEMS "${Boost_ROOT}/include" "$ENV{Boost_ROOT}/include" /usr/include ${CMAKE_SOURCE_DIR}/.deps/usr/include)
    if(EXISTS "${dir}/boost/version.hpp")
        file(STRINGS "${dir}/boost/version.hpp" line REGEX "^#define BOOST_VERSION ")
        string(REGEX REPLACE "[^0-9]" "" version "${line}")
        if(version GREATER_EQUAL 109100)
            set(VN_BOOST_INCLUDE "${dir}")
            break()
        endif()
    endif()
endforeach()
if(NOT VN_BOOST_INCLUDE)
    message(FATAL_ERROR "no Boost headers of 1.91 or newer: run scripts/setup.sh, or set Boost_ROOT")
endif()
message(STATUS "Boost headers: ${VN_BOOST_INCLUDE}")

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(spdlog REQUIRED)
find_package(EXPAT REQUIRED)
find_package(pugixml REQUIRED)
find_package(CLI11 REQUIRED)
find_package(CURL REQUIRED)
find_package(prometheus-cpp REQUIRED)

# Every Boost library that has compiled parts gets them from one file, server/core/boost.cpp.
add_library(vn_boost INTERFACE)
if(NOT VN_BOOST_INCLUDE STREQUAL "/usr/include")
    target_include_directories(vn_boost SYSTEM INTERFACE ${VN_BOOST_INCLUDE})
endif()
target_compile_definitions(vn_boost INTERFACE
    BOOST_ALL_NO_LIB
    BOOST_ASIO_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED
    BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_DLL_USE_STD_FS)
target_link_libraries(vn_boost INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
