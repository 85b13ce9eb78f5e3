/** One line of CSV, as Spark's from_csv takes it: fields in double quotes, the backslash as the escape, what is quoted
 * wrongly taken as it stands. Line ends are characters like others. (Files of CSV are reader/'s.) */
#ifndef CRISOL_VALUE_CSV_LINE_H
#define CRISOL_VALUE_CSV_LINE_H

#include "value/type.h"

struct csv_line {
  struct text text;
  struct text separator; /* at least one byte */
  size_t at;             /* where the next field begins */
  bool is_done;          /* there is none */
};

/** Starts reading a line. */
struct csv_line csv_line_start(struct text text, struct text separator);
/** The next field, in `buffer` or in the line itself, until the buffer changes; false after the last one. */
bool csv_line_next(struct csv_line *line, struct text_buffer *buffer, struct text *ret_field);

/** Adds a field as to_csv writes it: blanks around it left out, in quotes where it is empty or has a separator, a quote
 * or a line end; `is_first` of the line also where it begins with #. */
void csv_line_add(struct text field, struct text separator, bool is_first, struct text_buffer *out);

/** The struct _c0, _c1, ... of the types that the fields of a line look like. */
const struct type *csv_line_type(struct arena *arena, struct text text, struct text separator);

/** Whether the text is an integer as Java's parseLong takes one: a sign and digits. */
bool csv_parse_integer(struct text text, int64_t *ret_value);
/** A double as Java's parseDouble takes one, or Inf and -Inf. */
bool csv_parse_double(struct text text, double *ret_value);

#endif
