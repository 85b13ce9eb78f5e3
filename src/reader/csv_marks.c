/* Where a large CSV file may be read in parts: at line ends, where no quote stands that could hold one. */
#include "reader/reader_internal.h"

#include "base/file.h"

#include <stdlib.h>

/* A file while it is looked through. */
struct search {
  struct reader_mark at; /* of the next byte */
  bool was_return;       /* the last byte was a CR, which is a line end already */
  struct reader_mark *marks;
  size_t n_marks, capacity;
};

static void add_mark(struct search *search)
{
  if (search->n_marks == search->capacity) {
    search->capacity = search->capacity == 0 ? 16 : size_multiply(search->capacity, 2);
    search->marks = checked_realloc(search->marks, size_multiply(search->capacity, sizeof(*search->marks)));
  }
  search->marks[search->n_marks++] = search->at;
}

/* Line ends are LF, CR and CRLF; a mark is behind an LF. */
static void search_block(struct search *search, struct text block, uint64_t distance)
{
  uint64_t last = search->n_marks == 0 ? 0 : search->marks[search->n_marks - 1].offset;
  for (size_t i = 0; i < block.length; i++) {
    char c = block.data[i];
    search->at.offset++;
    search->at.line += c == '\r' || (c == '\n' && !search->was_return);
    search->was_return = c == '\r';
    if (c == '\n' && search->at.offset >= last + distance) {
      add_mark(search);
      last = search->at.offset;
    }
  }
}

/* Whether the parts behind the first may be read by the names of the reader's columns: the file has them all, in their
 * order. */
static bool has_all_columns(const struct reader *reader, const struct reader_file *file)
{
  for (size_t i = 0; i < file->n_fields; i++)
    if (file->columns[i] != i)
      return false;
  return file->n_fields == reader->columns.count;
}

/* Only what is on a disk: an object would be fetched once more. */
static bool may_have_marks(const struct reader *reader, const struct reader_file *file)
{
  return reader->options.format == READER_CSV && reader->options.mark_distance > 0 && !reader->options.kept &&
         !path_is_remote(file->path) && has_all_columns(reader, file) &&
         file_size(file->path) >= size_multiply(reader->options.mark_distance, 2);
}

static bool find_in_file(struct reader *reader, struct reader_file *file, struct search *search, struct error *err)
{
  enum { PIECE = 1024 * 1024 };
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(input_close) struct input *input = NULL;
  const struct csv_dialect *dialect = &reader->dialect;
  bool heeds_quotes = dialect->has_quote && dialect->multi_line;
  char *piece = arena_alloc(&scratch, PIECE);
  size_t length = 0;
  TRY(input_open(file->path, &reader->options.remote, reader->encoding, &file->identity, &input, err));
  while (true) {
    TRY(input_read(input, piece, PIECE, &length, err));
    bool is_plain = input_encoding(input) == ENCODING_UTF8 && !input_is_compressed(input);
    if (search->at.offset == 0)
      search->at.offset = input_origin(input);
    if (!is_plain || (heeds_quotes && length > 0 && memchr(piece, dialect->quote, length) != NULL)) {
      search->n_marks = 0;
      return true;
    }
    if (length == 0)
      return true;
    search_block(search, (struct text){ piece, length }, reader->options.mark_distance);
  }
}

bool reader_find_marks(struct reader *reader, struct error *err)
{
  for (size_t i = 0; i < reader->n_files; i++) {
    struct reader_file *file = &reader->files[i];
    struct search search = { 0 };
    if (!may_have_marks(reader, file))
      continue;
    bool is_done = find_in_file(reader, file, &search, err);
    file->n_marks = search.n_marks;
    file->marks = arena_array(&reader->arena, search.n_marks + 1, sizeof(*file->marks));
    if (search.n_marks > 0)
      memcpy(file->marks, search.marks, search.n_marks * sizeof(*file->marks));
    free(search.marks);
    TRY(is_done);
  }
  return true;
}
