# What makes a cold build fast (see CMakeLists.txt): every target of proto, common, services and tests gets a
# precompiled header, and its files are compiled six at a time where their names do not clash.
file(WRITE ${CMAKE_BINARY_DIR}/pch/empty.cc "")
set(headers <algorithm> <filesystem> <fstream> <functional> <iostream> <map> <memory> <optional>
  <set> <sstream> <string> <thread> <utility> <vector>
  <absl/container/flat_hash_map.h> <absl/container/flat_hash_set.h> <absl/status/statusor.h>
  <absl/strings/str_cat.h> <absl/strings/str_format.h> <absl/strings/str_join.h>
  <absl/strings/str_split.h> <absl/synchronization/mutex.h> <absl/time/time.h>
  <gmock/gmock.h> <google/protobuf/message.h> <google/protobuf/text_format.h>
  <grpcpp/grpcpp.h> <nlohmann/json.hpp>)
set(generated
  <daicho/approval/v1/form_service.grpc.pb.h> <daicho/audit/v1/audit_service.grpc.pb.h>
  <daicho/config/v1/config.pb.h> <daicho/policy/v1/policy_service.grpc.pb.h>
  <daicho/registry/v1/account_service.grpc.pb.h> <daicho/registry/v1/department_service.grpc.pb.h>
  <daicho/registry/v1/fact_service.grpc.pb.h> <daicho/registry/v1/lookup_service.grpc.pb.h>
  <daicho/registry/v1/public_list_service.grpc.pb.h>
  <daicho/registry/v1/warning_service.grpc.pb.h> <google/rpc/error_details.pb.h>)

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
  HEADERS ${headers} ${generated})

# Targets whose files repeat each other's names in anonymous namespaces, as tests of one domain do.
set(apart common_rpc_server_test common_sheet common_sheet_test approval_domain_test
  policy_domain_test policy_guideline_test registry_domain_test registry_lookup_test)

# Messages (all `*.pb.cc` use the same names) stay apart, and so do files with short names of their own for protos and stubs.
function(daicho_join target)
  if(target IN_LIST apart)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
  get_target_property(sources ${target} SOURCES)
  get_target_property(folder ${target} SOURCE_DIR)
  foreach(source IN LISTS sources)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${folder})
    set(alone OFF)
    if(source MATCHES "\\.pb\\.cc$" AND NOT source MATCHES "\\.grpc\\.pb\\.cc$")
      set(alone ON)
    elseif(EXISTS ${source})
      file(STRINGS ${source} short REGEX "^(namespace v1|using Stub) =" LIMIT_COUNT 1)
      string(COMPARE NOTEQUAL "${short}" "" alone)
    endif()
    set_source_files_properties(${source} TARGET_DIRECTORY ${target}
      PROPERTIES SKIP_UNITY_BUILD_INCLUSION ${alone})
  endforeach()
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
    daicho_join(${target})
  endforeach()
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(inner IN LISTS folders)
    daicho_precompile(${inner})
  endforeach()
endfunction()

foreach(folder proto common services tests)
  daicho_precompile(${CMAKE_SOURCE_DIR}/${folder})
endforeach()
