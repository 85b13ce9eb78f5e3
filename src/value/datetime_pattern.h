/** Java DateTimeFormatter patterns as Spark 4 uses them (format_hint, to_timestamp, date_format, ...): compiled once,
 * then parsing and formatting. Letters G y u M L d D E a h H k K m s S X x Z V z O, quotes, optional sections [ ]. */
#ifndef CRISOL_VALUE_DATETIME_PATTERN_H
#define CRISOL_VALUE_DATETIME_PATTERN_H

#include "value/timezone.h"

struct datetime_pattern;

enum pattern_use { PATTERN_PARSE, PATTERN_FORMAT };

/** Compiles a pattern for one use. It lives as long as `arena`. Fails with ERROR_CONFIG at the letter's place inside
 * the pattern (place.start + offset when is_verbatim), saying which letters are supported; patterns that Spark refuses
 * are refused. */
MUST_CHECK bool datetime_pattern_compile(struct arena *arena, struct text pattern, enum pattern_use use,
                                         struct place place, bool is_verbatim, struct datetime_pattern **ret_pattern,
                                         struct error *err);

/** Letters that are almost certainly meant otherwise: YYYY without a week, DD beside a month, hh without a, mm for a
 * month. Adds one problem each, with what was probably meant. */
void datetime_pattern_lint(struct text pattern, struct place place, bool is_verbatim, struct problem_list *problems);

/** Parses the whole text; false where it does not match. Without an offset or zone in the text, the wall clock is in
 * `zone`. Fields that are absent default as in Spark (1970-01-01, 00:00). */
bool datetime_pattern_parse(const struct datetime_pattern *pattern, struct text text, const struct timezone *zone,
                            int64_t *ret_instant_us);
/** As above, for TIMESTAMP_NTZ and dates: the wall clock of the text, offsets ignored. */
bool datetime_pattern_parse_local(const struct datetime_pattern *pattern, struct text text, int64_t *ret_local_us);

/** Adds the instant as text, in `zone`. */
void datetime_pattern_format(const struct datetime_pattern *pattern, int64_t instant_us, const struct timezone *zone,
                             struct text_buffer *out);

/** The ISO fallback of a format hint: yyyy-MM-dd[(T| )HH:mm[:ss[.fraction]]][Z|±hh[:]mm]. */
bool datetime_parse_iso(struct text text, const struct timezone *zone, int64_t *ret_instant_us);

#endif
