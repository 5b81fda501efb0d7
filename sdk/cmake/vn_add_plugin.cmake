# vn_add_plugin(NAME source...): a plugin NAME.so that exports vn_plugin_entry and nothing else; the build fails where
# it exports more or less, or leaves a symbol unresolved. The target is called NAME; link libraries to it as to any other.

set(VN_SDK_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})

function(vn_add_plugin name)
    add_library(${name} MODULE ${ARGN})
    target_link_libraries(${name} PRIVATE vnserver::sdk)
    target_compile_features(${name} PRIVATE c_std_11 cxx_std_17)
    set_target_properties(${name} PROPERTIES
        PREFIX ""
        SUFFIX .so
        POSITION_INDEPENDENT_CODE ON
        C_VISIBILITY_PRESET hidden
        CXX_VISIBILITY_PRESET hidden
        VISIBILITY_INLINES_HIDDEN ON
        LINK_DEPENDS ${VN_SDK_CMAKE_DIR}/plugin.map)
    # The version script also hides what hidden visibility leaves: weak templates of libraries, code linked in.
    target_link_options(${name} PRIVATE
        -Wl,--version-script=${VN_SDK_CMAKE_DIR}/plugin.map -Wl,-z,now -Wl,-z,relro)
    # A sanitizer's own symbols are resolved by the program that loads the plugin.
    if(NOT VN_SANITIZE AND NOT "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")
        target_link_options(${name} PRIVATE -Wl,-z,defs)
    endif()
    if(CMAKE_NM)
        add_custom_command(TARGET ${name} POST_BUILD
            COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} -DFILE=$<TARGET_FILE:${name}>
                    -P ${VN_SDK_CMAKE_DIR}/check_exports.cmake VERBATIM)
    endif()
endfunction()
