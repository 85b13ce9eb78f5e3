#include "engine/rows/files_drift.h"

#include "base/log.h"

void drift_log(const struct drift *drift, size_t first, const struct plan_source *source)
{
  for (size_t i = first; i < drift->count; i++) {
    const struct drift_change *change = &drift->changes[i];
    SCOPED(text_buffer_done) struct text_buffer line = { 0 };
    if (change->kind == DRIFT_MISSING)
      text_buffer_printf(&line, "%zu of %zu files lack column \"%s\" (it is null there)", change->n_files,
                         source->n_files, change->column);
    else if (change->kind == DRIFT_NEW)
      text_buffer_printf(&line, "%zu of %zu files have column \"%s\", which \"%s\" lacks (it is null there)",
                         change->n_files, source->n_files, change->column, source->files[0].path);
    else if (change->kind == DRIFT_REORDERED)
      text_buffer_printf(&line, "%zu of %zu files have their columns in another order, from \"%s\" on", change->n_files,
                         source->n_files, change->column);
    else
      text_buffer_printf(&line, "%zu of %zu files have column \"%s\" as %s, \"%s\" has it as %s", change->n_files,
                         source->n_files, change->column, change->to, source->files[0].path, change->from);
    text_buffer_printf(&line, ", the first is \"%s\"", change->file);
    if ((change->kind == DRIFT_MISSING || change->kind == DRIFT_NEW) && !drift->is_welcome)
      log_warning("source", "%s", line.data);
    else
      log_info("source", "%s", line.data);
  }
}

/* text files */

enum { ABSENT = 0 }; /* places count from 1 */

/* How many files differ so in a column, and the first one. */
struct tally {
  size_t n_files, first_file;
};

/* By column: in thousands of files with thousands of keys each there are few changes, and many files that have them. */
struct tallies {
  struct tally *new, *missing, *reordered;
};

static void count_file(struct tally *tally, size_t file)
{
  if (tally->n_files++ == 0)
    tally->first_file = file;
}

/* `places` has the place of each column in the first file. */
static void compare_file(const struct tallies *tallies, const struct plan_source *source, const struct reader *reader,
                         const size_t *places, size_t file)
{
  size_t count = 0;
  size_t latest = ABSENT;
  const size_t *columns = reader_file_columns(reader, file, &count);
  SCOPED(arena_done) struct arena scratch = { 0 };
  bool *has = arena_array(&scratch, source->n_columns + 1, sizeof(*has));
  bool is_ordered = source->config->format == SOURCE_CSV;
  for (size_t i = 0; i < count; i++) {
    size_t place = places[columns[i]];
    has[columns[i]] = true;
    if (place == ABSENT)
      count_file(&tallies->new[columns[i]], file);
    if (place != ABSENT && place < latest && is_ordered) {
      count_file(&tallies->reordered[columns[i]], file);
      is_ordered = false; /* said once */
    }
    latest = place > latest ? place : latest;
  }
  for (size_t column = 0; column < source->n_columns; column++)
    if (places[column] != ABSENT && !has[column])
      count_file(&tallies->missing[column], file);
}

static void add_tallies(struct drift *drift, enum drift_kind kind, const struct plan_source *source,
                        const struct tally *tallies)
{
  for (size_t column = 0; column < source->n_columns; column++)
    if (tallies[column].n_files > 0)
      drift_add(drift, &(struct drift_change){ .scope = DRIFT_FILES,
                                               .kind = kind,
                                               .column = source->columns[column].name,
                                               .file = source->files[tallies[column].first_file].path,
                                               .n_files = tallies[column].n_files });
}

void text_drift(struct drift *drift, const struct plan_source *source, const struct reader *reader)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  if (source->n_files < 2)
    return;
  size_t n_first = 0;
  size_t first_change = drift->count;
  const size_t *first = NULL;
  size_t n_blank = 0; /* files without anything, which lack nothing */
  for (; n_blank < source->n_files && n_first == 0; n_blank += n_first == 0)
    first = reader_file_columns(reader, n_blank, &n_first);
  size_t *places = arena_array(&scratch, source->n_columns + 1, sizeof(*places));
  struct tallies tallies = { .new = arena_array(&scratch, source->n_columns + 1, sizeof(struct tally)),
                             .missing = arena_array(&scratch, source->n_columns + 1, sizeof(struct tally)),
                             .reordered = arena_array(&scratch, source->n_columns + 1, sizeof(struct tally)) };
  for (size_t i = 0; i < n_first; i++)
    places[first[i]] = i + 1;
  for (size_t file = n_blank + 1; file < source->n_files; file++) {
    size_t count = 0;
    const size_t *columns = reader_file_columns(reader, file, &count);
    if (count > 0 && (count != n_first || memcmp(columns, first, count * sizeof(*columns)) != 0))
      compare_file(&tallies, source, reader, places, file);
  }
  add_tallies(drift, DRIFT_REORDERED, source, tallies.reordered);
  add_tallies(drift, DRIFT_NEW, source, tallies.new);
  add_tallies(drift, DRIFT_MISSING, source, tallies.missing);
  if (source->config->format == SOURCE_CSV) /* keys that some records lack are JSON's everyday life */
    drift_log(drift, first_change, source);
}
