/** Records that were set aside with their places, read again as if they still lay in their files: a file of records,
 * each after its place, in the place of a CSV or JSON file (reader_options.kept). Where a record ends is known, so that
 * a broken one takes nothing from the next; the reader gives each with the offset and the line that it had.
 *
 * A file of kept records is crisol's own, for one process: its numbers are those of the machine. */
#ifndef CRISOL_READER_KEPT_H
#define CRISOL_READER_KEPT_H

#include "reader/reader.h"

#include <stdio.h>

/** A field of a record that is given by its values, whatever the dialect. */
struct kept_field {
  const char *name; /* of a column */
  enum reader_kind kind;
  struct text text; /* UTF-8, as a reader gives it: JSON strings unescaped */
};

/** A record as it was set aside. */
struct kept_record {
  uint64_t offset, line;
  struct text raw;
  unsigned form;                   /* of enum raw_form, of raw; one that was cut cannot be read again */
  const struct kept_field *fields; /* NULL: raw is read; else the values, each of which is given as it is */
  size_t n_fields;
};

struct kept_writer;

/** Begins a file at `path`. `header` is that of its CSV file, no data (NULL) where it has none; `encoding` the name of
 * the one that bytes are in which were no text (NULL: UTF-8). ERROR_ENVIRONMENT where it cannot be written. */
MUST_CHECK bool kept_open(const char *path, struct text header, const char *encoding, struct kept_writer **ret_writer,
                          struct error *err);
/** Adds a record; their order is that of their places. */
MUST_CHECK bool kept_add(struct kept_writer *writer, const struct kept_record *record, struct error *err);
/** Ends the file. */
MUST_CHECK bool kept_close(struct kept_writer **writer, struct error *err);
/** Gives up a file that is not ended; accepts a pointer to NULL. */
void kept_free(struct kept_writer **writer);

#endif
