# clue_embed(target NAMESPACE ns FILES a b...): turns files into a C++ source with one lookup function
#   std::string_view <ns>::embedded(std::string_view relative_path)   (empty: not there)
#   std::span<const std::string_view> <ns>::embedded_names()
# declared in "base/embedded.h" style by the owning folder. Names are relative to ROOT.
function(clue_embed target)
  cmake_parse_arguments(A "" "NAMESPACE;ROOT" "FILES" ${ARGN})
  string(REPLACE "::" "_" id ${A_NAMESPACE})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded_${id}.cc)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAMESPACE=${A_NAMESPACE} -DROOT=${A_ROOT}
            "-DFILES=${A_FILES}" -P ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${A_FILES} ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
