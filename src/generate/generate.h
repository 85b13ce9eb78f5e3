/** Synthetic raw data as the seed's generator makes it: payments as CSV, events as JSON lines, with errors planted on
 * purpose.
 *
 * The bytes depend on the options alone (kind, rows, files, seed, rates, now), not on the number of threads or the
 * machine. Every row but those with a planted `future_date` lies before `now`. A row has at most one planted error.
 *
 * A duplicate is a row that repeats an earlier row of the same file, of the last 64 that have no planted error and are
 * no duplicates themselves: all its values are the same, except that a payment's "Last Updated" is up to an hour later
 * (not past now). No other two rows have the same key (payment and customer; event, user and timestamp). So, of `rows`
 * in all, a deduplication by key takes exactly `duplicates`, and never a row with a planted error. */
#ifndef CRISOL_GENERATE_GENERATE_H
#define CRISOL_GENERATE_GENERATE_H

#include "base/error.h"

struct generate_options {
  const char *kind;      /* payments or events */
  const char *directory; /* made where it is missing */
  uint64_t rows;         /* in all, duplicates among them; 0: the seed's 1,000,000 payments or 500,000 events */
  unsigned files;        /* of nearly equal size; 0: one for each 50,000 payments or 25,000 events */
  uint64_t seed;
  double error_rate;     /* 0 to 1; below 0: the seed's 0.05 (payments) or 0.03 (events) */
  double duplicate_rate; /* 0 to 1; the seed has none */
  int64_t now_us;        /* the instant that the data was made at */
  unsigned threads;      /* 0: as many as there are processors, at most 8 */
};

/** A kind of error, with how many rows have it. */
struct generate_count {
  const char *name;
  uint64_t count;
};

enum { GENERATE_MAX_KINDS = 6 };

struct generate_report {
  uint64_t rows; /* all, those below included */
  unsigned files;
  uint64_t bytes;
  struct generate_count errors[GENERATE_MAX_KINDS]; /* payments: invalid_payment_id, invalid_customer_id,
                                                       negative_amount, invalid_currency, future_date,
                                                       invalid_merchant_id; events: invalid_id, invalid_user_id,
                                                       spam_action, negative_duration, excessive_page_views */
  size_t n_errors;
  uint64_t duplicates;
  double error_rate, duplicate_rate; /* as used */
};

/** Writes DIRECTORY/payments_batch_001.csv ... or events_batch_001.json ..., each through a temporary name and a
 * rename. Fails with ERROR_CONFIG where an option is wrong, or where the directory holds more such files than would be
 * written (they would be read as part of the data), with ERROR_ENVIRONMENT where a file cannot be written; then files
 * may be missing. */
MUST_CHECK bool generate_run(const struct generate_options *options, struct generate_report *ret_report,
                             struct error *err);

#endif
