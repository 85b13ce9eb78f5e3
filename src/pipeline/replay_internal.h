/* What replay.c, replay_rows.c, replay_records.c and replay_mended.c share. */
#ifndef CRISOL_PIPELINE_REPLAY_INTERNAL_H
#define CRISOL_PIPELINE_REPLAY_INTERNAL_H

#include "ledger/ledger.h"
#include "pipeline/replay.h"

/* The temporary tables of a replay, in the caller's DuckDB:
 *   crisol_replayed (run, source_file, source_offset, element, outcome, reasons)   what the ledger knows, as text
 *   crisol_open     (run, source_file, source_offset, element, reasons, form, is_whole, line)   rows that are asked for
 *   crisol_files    (run, source_file, number)   files of the plan, whose records are read
 *   crisol_taken    (file, position, run, source_file, element, reasons)   rows that are read
 *   crisol_mended   (line, run, source_file, source_offset, element, m<i>)   the lines of --file */

/* A condition: rows of the tables under these names are of one row of the quarantine. */
#define SAME_ROW(a, b)                                                                                                 \
  a ".run = " b ".run AND " a ".source_file = " b ".source_file AND " a ".source_offset = " b ".source_offset AND " a  \
    ".element IS NOT DISTINCT FROM " b ".element"

struct replay {
  struct replay_counts counts;
  enum silver_mode mode; /* as the dataset file has it */
  bool gathers;          /* gold keeps what a run does not replace by its key, whatever becomes of silver */
  const char *relation;  /* the quarantine's rows, behind FROM */
  const char **columns;  /* that hold the data, as the quarantine has them */
  bool *is_text;         /* [column]: whether a text file may have it; Parquet's own types are no texts */
  size_t n_columns;
  bool *is_mended;             /* [column]: whether the file of mended rows has it */
  bool has_element, has_bytes; /* whether any of the files has these columns */
  const char **displaced;      /* files of silver that have rows which lose */
  size_t n_displaced;
  struct ledger_replayed *rows; /* to be recorded */
  size_t n_rows, rows_capacity;
};

/* replay_rows.c: fills crisol_open with what the options ask for, and counts. *ret_any: there is a quarantine. */
MUST_CHECK bool replay_choose_rows(struct job *job, bool *ret_any, struct error *err);
/* Takes those that a later run has read again out of crisol_open; they are to be recorded. */
MUST_CHECK bool replay_leave_out_superseded(struct job *job, struct error *err);
/* replay_records.c: writes the records of crisol_open to files, which become the plan's. */
MUST_CHECK bool replay_keep_records(struct job *job, struct error *err);
/* replay_mended.c: reads the file of mended rows into crisol_mended and leaves only those in crisol_open. */
MUST_CHECK bool replay_take_mended(struct job *job, struct error *err);
/* Adds ", <value>, <kind>" for each data column of a mended row: what it was in the record as JSON names types, ""
 * where it was missing or the record is none, behind "~" where the value was changed. */
void replay_print_fields(const struct job *job, struct text_buffer *sql);

/* Makes a table of texts, in the place of one of that name. */
MUST_CHECK bool replay_make_table(struct job *job, const char *name, const char *columns, const struct table *rows,
                                  struct error *err);
/* Whether a column of the quarantine is one that crisol adds. */
bool replay_is_technical(const char *name);
/* Notes rows to be recorded: run, source_file, source_offset, element, outcome, reasons, as text. */
void replay_note_rows(struct job *job, const struct table *rows);

#endif
