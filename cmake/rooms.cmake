# One static library for each folder below server/, and one test program for each folder below tests/unit/.

add_library(vn_flags INTERFACE)
target_compile_options(vn_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
    -fstack-protector-strong -fno-omit-frame-pointer
    -Xclang -fno-pch-timestamp) # or ccache takes no file that uses a precompiled header
if(VN_WERROR)
    target_compile_options(vn_flags INTERFACE -Werror)
endif()
if(VN_SANITIZE)
    target_compile_options(vn_flags INTERFACE -fsanitize=${VN_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(vn_flags INTERFACE -fsanitize=${VN_SANITIZE})
    if(VN_SANITIZE MATCHES "undefined")
        # It opens a pipe for each look at an object, and where that fails it reports a sound object.
        target_compile_options(vn_flags INTERFACE -fno-sanitize=vptr)
    endif()
else()
    target_compile_definitions(vn_flags INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
endif()
target_link_options(vn_flags INTERFACE -fuse-ld=lld-19 -Wl,-z,relro,-z,now)

# vn_room(core LINKS boost ...): the folder's *.cpp as library vn_core
function(vn_room name)
    cmake_parse_arguments(arg "" "" "LINKS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
    if(NOT sources)
        add_library(vn_${name} INTERFACE)
        target_link_libraries(vn_${name} INTERFACE ${arg_LINKS})
        return()
    endif()
    add_library(vn_${name} STATIC ${sources})
    target_include_directories(vn_${name} PUBLIC ${CMAKE_SOURCE_DIR}/server)
    target_link_libraries(vn_${name} PUBLIC ${arg_LINKS} PRIVATE vn_flags)
endfunction()

# vn_unit_test(core): tests/unit/core/*.cpp as program unit-core and ctest of the same name
function(vn_unit_test name)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/unit/${name}/*.cpp)
    if(NOT sources)
        return()
    endif()
    add_executable(unit-${name} ${sources})
    target_link_libraries(unit-${name} PRIVATE vn_${name} ${ARGN} vn_test_main vn_flags)
    add_test(NAME unit-${name} COMMAND unit-${name} --log_level=test_suite --report_level=short)
    set_tests_properties(unit-${name} PROPERTIES LABELS unit TIMEOUT 900)
endfunction()
