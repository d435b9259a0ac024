# What makes a cold build fast (see CMakeLists.txt): every target of proto, common, services and tests gets a
# precompiled header, and its files are compiled twelve at a time.
file(WRITE ${CMAKE_BINARY_DIR}/pch/empty.cc "")
set(headers <algorithm> <filesystem> <fstream> <functional> <iostream> <map> <memory> <optional>
  <set> <sstream> <string> <thread> <utility> <vector>
  <absl/container/flat_hash_map.h> <absl/container/flat_hash_set.h> <absl/status/statusor.h>
  <absl/strings/str_cat.h> <absl/strings/str_format.h> <absl/strings/str_join.h>
  <absl/strings/str_split.h> <absl/synchronization/mutex.h> <absl/time/time.h>
  <gmock/gmock.h> <google/protobuf/message.h> <google/protobuf/text_format.h>
  <grpcpp/grpcpp.h> <nlohmann/json.hpp>
  <common/base/civil.h> <common/base/clock.h> <common/base/event.h> <common/base/refusal.h>
  <common/base/status_macros.h> <common/base/utf8.h>)
file(GLOB generated RELATIVE ${CMAKE_SOURCE_DIR}/proto CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/proto/daicho/*/v1/*_service.proto)
list(TRANSFORM generated REPLACE "(.*)\\.proto" "<\\1.grpc.pb.h>")
set(shared <daicho/config/v1/config.pb.h> <google/rpc/error_details.pb.h>
  <common/pg/migrate.h> <common/rpc/channel.h> <common/rpc/handle.h>
  <common/rpc/serialize.h> <common/rpc/testing/server.h> <common/rpc/testing/status.h>
  <common/rpc/token.h> <common/server/config.h> <common/wire/fields.h>
  <common/wire/sealed_event.h> <common/work/relay.h> <common/work/timer.h>)

# daicho_header(NAME LIBS libraries… HEADERS headers…): an object library to reuse the precompiled
# header of.
function(daicho_header name)
  cmake_parse_arguments(A "" "" "LIBS;HEADERS" ${ARGN})
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/pch/empty.cc)
  target_link_libraries(${name} PRIVATE absl::statusor absl::strings absl::time gRPC::grpc++
    GTest::gmock ${A_LIBS})
  target_precompile_headers(${name} PRIVATE ${A_HEADERS})
endfunction()
daicho_header(pch_base HEADERS ${headers})
daicho_header(pch_service LIBS policy_proto audit_proto config_proto
  HEADERS ${headers} ${generated} ${shared})

# The files of a target are compiled twelve at a time: those with one short name for the same
# protos (`namespace v1 = …`), and those with none.
function(daicho_join target)
  get_target_property(sources ${target} SOURCES)
  get_target_property(folder ${target} SOURCE_DIR)
  foreach(source IN LISTS sources)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${folder})
    set(group files)
    if(EXISTS ${source})
      file(STRINGS ${source} short REGEX "^namespace v1 =" LIMIT_COUNT 1)
      string(MAKE_C_IDENTIFIER "files${short}" group)
    endif()
    math(EXPR batch "0${${group}_count} / 12")
    math(EXPR ${group}_count "0${${group}_count} + 1")
    set_source_files_properties(${source} TARGET_DIRECTORY ${target}
      PROPERTIES UNITY_GROUP ${group}${batch})
  endforeach()
  # Generated messages name two things alike in every file; a suffix for each file tells them apart.
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  if(target MATCHES "_proto$")
    set_target_properties(${target} PROPERTIES UNITY_BUILD_UNIQUE_ID DAICHO_FILE
      UNITY_BUILD_CODE_BEFORE_INCLUDE "#include \"cmake/generated_names.h\"")
  endif()
endfunction()

# What speaks the protocols, nearly everything but the domains, also gets the generated code.
function(daicho_precompile folder)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(NOT type MATCHES "LIBRARY|EXECUTABLE")
      continue()
    endif()
    if(folder MATCHES "/(proto|common/(base|http|paper|pg|sheet))" OR target MATCHES "domain")
      target_precompile_headers(${target} REUSE_FROM pch_base)
    else()
      target_precompile_headers(${target} REUSE_FROM pch_service)
    endif()
    if(NOT target STREQUAL "daicho-bench")  # Its files name constants alike.
      daicho_join(${target})
    endif()
  endforeach()
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(inner IN LISTS folders)
    daicho_precompile(${inner})
  endforeach()
endfunction()

foreach(folder proto common services tests)
  daicho_precompile(${CMAKE_SOURCE_DIR}/${folder})
endforeach()
