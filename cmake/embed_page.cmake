cmake_minimum_required(VERSION 3.25)
# Writes the files of a page into one C++ file, each as it is.
# Called as: cmake -DOUT=file -DDIR=folder -P embed_page.cmake
file(GLOB files ${DIR}/*)
list(SORT files)
set(text "// Made from server/api/watch by cmake/embed_page.cmake.\n#include \"api/watch.hpp\"\n\nnamespace vn {\n")
string(APPEND text "\nconstexpr watch_file files[] = {\n")
foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    file(READ ${file} body)
    string(APPEND text "    {\"${name}\", R\"page(${body})page\"},\n")
endforeach()
string(APPEND text "};\n\nstd::span<const watch_file> watch_files()\n{\n    return files;\n}\n\n} // namespace vn\n")
file(WRITE ${OUT} "${text}")
