// Read before each generated file that is compiled with others of its target: what protoc names
// alike in all of them gets the file's own name.
#define DAICHO_PASTE(name, file) name##_##file
#define DAICHO_NAME(name, file) DAICHO_PASTE(name, file)
#define schemas DAICHO_NAME(schemas, DAICHO_FILE)
#define file_default_instances DAICHO_NAME(file_default_instances, DAICHO_FILE)
