/** A guess about the first line of a CSV file, for hints and warnings. */
#ifndef CRISOL_READER_CSV_GUESS_H
#define CRISOL_READER_CSV_GUESS_H

#include "base/text.h"

/** Whether the names of a header look like the values of a record (numbers, dates, mail addresses, UUIDs), so that the
 * file may have none. Numbers and dates in a row, as the columns of years and days have them, are names. No I/O. */
bool csv_looks_headless(const struct text *names, size_t count);

#endif
