# One object target per folder, each with its own include path, joined to libhone.

add_library(hone_flags INTERFACE)
target_compile_features(hone_flags INTERFACE c_std_17)
target_compile_definitions(hone_flags INTERFACE _GNU_SOURCE)
target_compile_options(hone_flags INTERFACE
    -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wvla -Wswitch-enum -Wformat=2
    -ffp-contract=off -fno-common
    $<$<BOOL:${HONE_WERROR}>:-Werror>)
if(HONE_SANITIZE)
    target_compile_options(hone_flags INTERFACE
        -fsanitize=${HONE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
    target_link_options(hone_flags INTERFACE -fsanitize=${HONE_SANITIZE})
endif()
if(HONE_COVERAGE)
    # Atomic: threads that count at once would leave counts below 0, which gcovr refuses.
    target_compile_options(hone_flags INTERFACE --coverage -fprofile-update=atomic -O0)
    target_link_options(hone_flags INTERFACE --coverage)
endif()

set_property(GLOBAL PROPERTY HONE_FOLDERS "")

# hone_folder(NAME SOURCES a.c ... [LINKS target ...])
# A folder of libhone. Every folder sees include/ and, by path, the floors below it.
function(hone_folder name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
    if(NOT ARG_SOURCES)
        return()
    endif()
    add_library(hone_${name} OBJECT ${ARG_SOURCES})
    target_compile_definitions(hone_${name} PRIVATE HONE_BUILDING)
    target_include_directories(hone_${name} PRIVATE
        ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/orchestrator
        ${PROJECT_SOURCE_DIR}/strategies)
    target_link_libraries(hone_${name} PRIVATE hone_flags ${ARG_LINKS})
    set_target_properties(hone_${name} PROPERTIES
        POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
    set_property(GLOBAL APPEND PROPERTY HONE_FOLDERS hone_${name})
endfunction()

# libhone, static and shared, from all folders declared so far.
function(hone_library)
    get_property(folders GLOBAL PROPERTY HONE_FOLDERS)
    set(objects "")
    foreach(folder ${folders})
        list(APPEND objects $<TARGET_OBJECTS:${folder}>)
    endforeach()
    set(libraries PkgConfig::LIBUV PkgConfig::YAML PkgConfig::SQLITE PkgConfig::PCRE2
        PkgConfig::JANSSON Threads::Threads m)
    foreach(kind STATIC SHARED)
        string(TOLOWER hone_${kind} target)
        add_library(${target} ${kind} ${objects})
        set_target_properties(${target} PROPERTIES OUTPUT_NAME hone LINKER_LANGUAGE C)
        target_include_directories(${target} PUBLIC
            $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
            $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
        target_link_libraries(${target} PUBLIC ${libraries} PRIVATE $<BUILD_INTERFACE:hone_flags>)
        add_library(hone::${target} ALIAS ${target})
    endforeach()
    set_target_properties(hone_shared PROPERTIES
        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
    add_library(hone::hone ALIAS hone_static)
endfunction()

# hone_test(LABEL FILE.c ...): one cmocka program, its own process, killed after two minutes
# (a busy machine is no failure).
# Tests link the static library and may include any header of the project.
function(hone_test label)
    foreach(source ${ARGN})
        get_filename_component(stem ${source} NAME_WE)
        set(name ${label}_${stem})
        add_executable(${name} ${source})
        target_include_directories(${name} PRIVATE
            ${PROJECT_SOURCE_DIR}/orchestrator ${PROJECT_SOURCE_DIR}/strategies
            ${PROJECT_SOURCE_DIR}/tests/support)
        target_link_libraries(${name} PRIVATE hone_flags hone_static PkgConfig::CMOCKA)
        target_compile_definitions(${name} PRIVATE
            HONE_SOURCE_DIR="${PROJECT_SOURCE_DIR}" HONE_PROGRAM="$<TARGET_FILE:hone>")
        add_dependencies(${name} hone)
        add_test(NAME ${label}/${stem} COMMAND ${name})
        set_tests_properties(${label}/${stem} PROPERTIES LABELS ${label} TIMEOUT 120)
    endforeach()
endfunction()

# hone_bench(FILE.c ...): a measurement, built with the tests and run by hand.
# tests/bench/README.md says how.
function(hone_bench)
    foreach(source ${ARGN})
        get_filename_component(name ${source} NAME_WE)
        add_executable(${name} ${source})
        target_include_directories(${name} PRIVATE
            ${PROJECT_SOURCE_DIR}/orchestrator ${PROJECT_SOURCE_DIR}/strategies)
        target_link_libraries(${name} PRIVATE hone_flags hone_static)
    endforeach()
endfunction()
