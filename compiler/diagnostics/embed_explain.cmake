# cmake -DFOLDER=explain -DOUTPUT=explain_texts.inc -P embed_explain.cmake
# Writes one row {code, text} of C++ for each explain/CODE.md.
file(GLOB files ${FOLDER}/[EW][0-9]*.md)
list(SORT files)
set(rows "")
foreach(file ${files})
  get_filename_component(code ${file} NAME_WE)
  file(READ ${file} text)
  string(APPEND rows "{\"${code}\", R\"nnc(${text})nnc\"},\n")
endforeach()
file(WRITE ${OUTPUT} "${rows}")
