/* Spark's reader options, by format. */
#include "config/keys.h"

#include "value/json_steps.h"

#define FIELD(name) offsetof(struct source_options, name)

static const char *const modes[] = { "PERMISSIVE", "DROPMALFORMED", "FAILFAST", NULL };
static const char *const encodings[] = { "UTF-8",      "UTF-16",       "UTF-16LE", "UTF-16BE",
                                         "ISO-8859-1", "windows-1252", "US-ASCII", NULL };

/* "\t" may be written as the two characters, as in Spark. */
static struct config_text unescaped(struct config_text text)
{
  if (strcmp(text.value, "\\t") == 0)
    text.value = "\t";
  else if (strcmp(text.value, "\\\\") == 0)
    text.value = "\\";
  return text;
}

/* One character of one byte; "" turns it off. */
static void read_character(struct reading *reading, const struct node *node, const char *key, struct config_text *field)
{
  struct config_text text;
  if (!read_text(reading, node, key, &text))
    return;
  text = unescaped(text);
  if (strlen(text.value) > 1)
    problem_at(reading->problems, node->place, "%s is \"%s\", one character of ASCII was expected", key, node->value);
  else
    *field = text;
}

static void read_quote(struct reading *reading, const struct node *node, void *target)
{
  read_character(reading, node, "quote", &((struct source_options *)target)->quote);
}

static void read_escape(struct reading *reading, const struct node *node, void *target)
{
  read_character(reading, node, "escape", &((struct source_options *)target)->escape);
}

static void read_comment(struct reading *reading, const struct node *node, void *target)
{
  read_character(reading, node, "comment", &((struct source_options *)target)->comment);
}

static void read_separator(struct reading *reading, const struct node *node, void *target)
{
  struct source_options *options = target;
  struct config_text text;
  if (!read_text(reading, node, "sep", &text))
    return;
  text = unescaped(text);
  if (text.value[0] == '\0' || strlen(text.value) > 4 || strpbrk(text.value, "\r\n") != NULL)
    problem_at(reading->problems, node->place, "sep is \"%s\", one to four bytes without a line end were expected",
               node->value);
  else
    options->separator = text;
}

static void read_encoding(struct reading *reading, const struct node *node, void *target)
{
  struct source_options *options = target;
  int index;
  if (!read_choice(reading, node, "encoding", encodings, &index))
    return;
  bool is_ascii = strcmp(encodings[index], "UTF-8") == 0 || strcmp(encodings[index], "US-ASCII") == 0;
  options->encoding = (struct config_text){ .value = is_ascii ? NULL : encodings[index], .place = node->place };
}

static void read_records(struct reading *reading, const struct node *node, void *target)
{
  struct config_text path;
  struct json_steps steps;
  struct error err;
  if (!read_text(reading, node, "records", &path))
    return;
  if (json_steps_parse(reading->arena, text_from(path.value), path.place, &steps, &err))
    ((struct source_options *)target)->records = path;
  else
    problem_add(reading->problems, &err, false);
}

/* Of every format of text. */
#define MODE_KEY                                                                                                       \
  {                                                                                                                    \
    .name = "mode", .kind = KEY_CHOICE, .offset = FIELD(mode), .choices = modes, .if_absent = "PERMISSIVE",            \
    .example = "FAILFAST", .doc = "Malformed records: to the quarantine, only counted, or the data is refused."        \
  }

static const struct key csv_keys[] = {
  { .name = "header",
    .kind = KEY_BOOLEAN,
    .offset = FIELD(header),
    .if_absent = "false",
    .example = "true",
    .doc = "The first record of each file names its columns; otherwise they are _c0, _c1, ..." },
  { .name = "inferSchema",
    .kind = KEY_BOOLEAN,
    .offset = FIELD(infer_schema),
    .if_absent = "false",
    .example = "true",
    .doc = "Finds a type for columns that neither a cast nor the schema names, from all of their values." },
  { .name = "multiLine",
    .kind = KEY_BOOLEAN,
    .offset = FIELD(multi_line),
    .if_absent = "true",
    .example = "true",
    .doc = "Accepted as in Spark; a quoted line end always belongs to its value." },
  { .name = "sep",
    .kind = KEY_CUSTOM,
    .read = read_separator,
    .if_absent = "\",\"",
    .example = "\";\"",
    .doc = "What separates fields: up to four bytes, so that || works as in Spark." },
  { .name = "delimiter",
    .kind = KEY_CUSTOM,
    .read = read_separator,
    .if_absent = "\",\"",
    .example = "\"\\t\"",
    .doc = "Another name of sep." },
  { .name = "quote",
    .kind = KEY_CUSTOM,
    .read = read_quote,
    .if_absent = "'\"'",
    .example = "\"'\"",
    .doc = "What encloses a field; \"\" turns quoting off." },
  { .name = "escape",
    .kind = KEY_CUSTOM,
    .read = read_escape,
    .if_absent = "the quote",
    .example = "'\\'",
    .doc = "What stands before a quote within a quoted field." },
  { .name = "encoding",
    .kind = KEY_CUSTOM,
    .read = read_encoding,
    .choices = encodings,
    .if_absent = "UTF-8",
    .example = "ISO-8859-1",
    .doc = "Encoding of the files." },
  { .name = "nullValue",
    .kind = KEY_TEXT,
    .offset = FIELD(null_value),
    .if_absent = "an empty unquoted field",
    .example = "NA",
    .doc = "A field that is this text is null." },
  { .name = "emptyValue",
    .kind = KEY_TEXT,
    .offset = FIELD(empty_value),
    .if_absent = "\"\"",
    .example = "\"-\"",
    .doc = "What a quoted empty field reads as." },
  { .name = "comment",
    .kind = KEY_CUSTOM,
    .read = read_comment,
    .if_absent = "none",
    .example = "\"#\"",
    .doc = "A line that begins with it is no record." },
  { .name = "ignoreLeadingWhiteSpace",
    .kind = KEY_BOOLEAN,
    .offset = FIELD(ignore_leading_white_space),
    .if_absent = "false",
    .example = "true",
    .doc = "Cuts blanks before a value." },
  { .name = "ignoreTrailingWhiteSpace",
    .kind = KEY_BOOLEAN,
    .offset = FIELD(ignore_trailing_white_space),
    .if_absent = "false",
    .example = "true",
    .doc = "Cuts blanks behind a value." },
  MODE_KEY,
  { .name = "locale",
    .kind = KEY_TEXT,
    .offset = FIELD(locale),
    .example = "es-CO",
    .doc = "What standardization.locale says, for datasets with one source; the names as Spark has them." },
  { .name = "dateFormat",
    .kind = KEY_TEXT,
    .offset = FIELD(date_format),
    .if_absent = "yyyy-MM-dd",
    .example = "dd/MM/yyyy",
    .doc = "How inferSchema knows a date." },
  { .name = "timestampFormat",
    .kind = KEY_TEXT,
    .offset = FIELD(timestamp_format),
    .if_absent = "ISO-8601",
    .example = "dd/MM/yyyy HH:mm",
    .doc = "How inferSchema knows a timestamp." },
  { .name = "samplingRatio",
    .kind = KEY_NUMBER,
    .offset = FIELD(sampling_ratio),
    .least = 0,
    .most = 1,
    .if_absent = "1",
    .example = "0.5",
    .doc = "Accepted as in Spark; inferSchema always looks at all values." },
};
const struct key_table csv_options_table = { .name = "source.options (csv)",
                                             KEY_TABLE(csv_keys),
                                             .size = sizeof(struct source_options),
                                             .ignores_case = true,
                                             .place_offset = NO_PLACE };

static const struct key json_keys[] = {
  { .name = "records",
    .kind = KEY_CUSTOM,
    .read = read_records,
    .if_absent = "each document is one",
    .example = "\"$.data[*]\"",
    .doc =
        "Where the records lie in each document: $, then .key, ['a key'] or [*]. A document without them is malformed. "
        "Expressions read what lies around a record as _document.key, with the element that it lies in for each "
        "array on the way; silver has no such column." },
  { .name = "multiLine",
    .kind = KEY_BOOLEAN,
    .offset = FIELD(multi_line),
    .if_absent = "true",
    .example = "true",
    .doc = "Accepted as in Spark; the layout is found from the file itself." },
  { .name = "allowComments",
    .kind = KEY_BOOLEAN,
    .offset = FIELD(allow_comments),
    .if_absent = "false",
    .example = "true",
    .doc = "Comments of C and C++ are passed over." },
  { .name = "allowUnquotedFieldNames",
    .kind = KEY_BOOLEAN,
    .offset = FIELD(allow_unquoted_field_names),
    .if_absent = "false",
    .example = "true",
    .doc = "Names may stand without quotes." },
  { .name = "allowSingleQuotes",
    .kind = KEY_BOOLEAN,
    .offset = FIELD(allow_single_quotes),
    .if_absent = "true",
    .example = "false",
    .doc = "Single quotes may stand for double ones." },
  MODE_KEY,
};
const struct key_table json_options_table = { .name = "source.options (json, jsonl)",
                                              KEY_TABLE(json_keys),
                                              .size = sizeof(struct source_options),
                                              .ignores_case = true,
                                              .place_offset = NO_PLACE };

static const struct key parquet_keys[] = {
  { .name = "nanosAsLong",
    .kind = KEY_BOOLEAN,
    .offset = FIELD(nanos_as_long),
    .if_absent = "false",
    .example = "true",
    .doc = "TIMESTAMP(NANOS) is read as bigint, the nanoseconds since 1970; else it is refused, as Spark does." },
};
const struct key_table parquet_options_table = { .name = "source.options (parquet)",
                                                 KEY_TABLE(parquet_keys),
                                                 .size = sizeof(struct source_options),
                                                 .ignores_case = true,
                                                 .place_offset = NO_PLACE };
