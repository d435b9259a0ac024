# Gives every target of proto, common, services and tests a precompiled header: see CMakeLists.txt.
file(WRITE ${CMAKE_BINARY_DIR}/pch/empty.cc "")
set(headers <algorithm> <map> <memory> <optional> <string> <utility> <vector>
  <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/time/time.h>
  <google/protobuf/message.h> <grpcpp/grpcpp.h>)

# daicho_header(NAME headers…): an object library to reuse the precompiled header of.
function(daicho_header name)
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/pch/empty.cc)
  target_link_libraries(${name} PRIVATE absl::statusor absl::strings absl::time gRPC::grpc++
    GTest::gmock)
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()
daicho_header(pch_base ${headers})
daicho_header(pch_test ${headers} <gmock/gmock.h>)

function(daicho_precompile folder)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    get_target_property(libraries ${target} LINK_LIBRARIES)
    if(NOT type MATCHES "LIBRARY|EXECUTABLE")
      continue()
    endif()
    if("${libraries}" MATCHES "GTest::gmock")
      target_precompile_headers(${target} REUSE_FROM pch_test)
    else()
      target_precompile_headers(${target} REUSE_FROM pch_base)
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
