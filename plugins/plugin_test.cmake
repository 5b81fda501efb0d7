# vn_plugin_test(bond SOURCES source... [CHECK argument...]): two tests of a plugin built here, label unit: its own
# program unit-plugin-bond, which loads the file named by VN_PLUGIN_FILE, and vn-plugin-check with the arguments given.
function(vn_plugin_test plugin)
    cmake_parse_arguments(arg "" "" "SOURCES;CHECK" ${ARGN})
    set(program unit-plugin-${plugin})
    add_executable(${program} ${arg_SOURCES})
    target_link_libraries(${program} PRIVATE vnserver::sdk vn_test_main ${CMAKE_DL_LIBS})
    target_compile_definitions(${program} PRIVATE VN_PLUGIN_FILE="$<TARGET_FILE:${plugin}>")
    add_dependencies(${program} ${plugin})
    add_test(NAME ${program} COMMAND ${program} --log_level=test_suite --report_level=short)
    add_test(NAME check-plugin-${plugin} COMMAND vn-plugin-check ${arg_CHECK} $<TARGET_FILE:${plugin}>)
    set_tests_properties(${program} check-plugin-${plugin} PROPERTIES LABELS unit TIMEOUT 900)
endfunction()
