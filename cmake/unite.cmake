# Files that are compiled together: several times faster, as reading headers is most of what
# compiling costs (docs/decisions/build-units.md). What that hides, a forgotten #include, is found by `./test compile`, which compiles
# every file of the library by itself. To be kept in mind by who writes a file: names in its unnamed namespace are seen by the files
# beside it.
option(REDISCLUSTER_UNITE "Compile files together (OFF: each file by itself)" ON)

# rediscluster_unite(TARGET UNIT...)   a UNIT is "FOLDER/ FOLDER/": the target's files below these folders that no earlier unit has.
function(rediscluster_unite target)
  if(NOT REDISCLUSTER_UNITE)
    return()
  endif()
  get_target_property(files ${target} SOURCES)
  get_target_property(base ${target} SOURCE_DIR)
  foreach(unit IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "${unit}" group)
    string(REPLACE " " ";" folders "${unit}")
    foreach(folder IN LISTS folders)
      foreach(file IN LISTS files)
        string(FIND "${file}" "${base}/${folder}" at)  # no regular expression: a path may hold any sign
        if(at EQUAL 0)
          set_source_files_properties("${file}" PROPERTIES UNITY_GROUP "${group}")
          list(REMOVE_ITEM files "${file}")
        endif()
      endforeach()
    endforeach()
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# rediscluster_unite_in_tens(TARGET)   for programs of many files that are all alike.
function(rediscluster_unite_in_tens target)
  if(REDISCLUSTER_UNITE)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE BATCH UNITY_BUILD_BATCH_SIZE 10)
  endif()
endfunction()
