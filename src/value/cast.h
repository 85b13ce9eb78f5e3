/** Values from text and to text, as Spark 4 casts them with ANSI off. Pure functions, no allocation, thread-safe; false
 * means that the answer is NULL. Blanks around numbers (any byte <= 0x20 and what Java's trim takes) are ignored. */
#ifndef CRISOL_VALUE_CAST_H
#define CRISOL_VALUE_CAST_H

#include "value/timezone.h"

__extension__ typedef __int128 int128;

/** "true", "t", "yes", "y", "1" and their opposites, in any case, blanks around them. */
bool text_to_boolean(struct text text, bool *ret_value);
/** Integers: optional sign, digits, optional fraction that is cut; out of range is NULL. `try_` forms refuse a
 * fraction. */
bool text_to_tinyint(struct text text, int8_t *ret_value);
/** The same in 16 bits. */
bool text_to_smallint(struct text text, int16_t *ret_value);
/** The same in 32 bits. */
bool text_to_int(struct text text, int32_t *ret_value);
/** The same in 64 bits. */
bool text_to_bigint(struct text text, int64_t *ret_value);
/** As text_to_bigint, and false where there is a fraction. */
bool text_to_integer_exact(struct text text, int64_t *ret_value); /* try_cast: no fraction */
bool text_to_float(struct text text, float *ret_value);
/** A double as Java reads one, with NaN, Infinity and the suffixes d and f. */
bool text_to_double(struct text text, double *ret_value);
/** Exact, half up, never through a double; more than precision digits is NULL. Exponents as in Java's BigDecimal. */
bool text_to_decimal(struct text text, int precision, int scale, int128 *ret_unscaled);
/** Dates and timestamps as Spark's stringToDate and stringToTimestamp read them ("2024", "2024-1-5",
 * "2024-01-15T12:34:56.7Z"). */
bool text_to_date(struct text text, int32_t *ret_days);
/** An instant, in microseconds since 1970; a text without a zone is local in `zone`. */
bool text_to_timestamp(struct text text, const struct timezone *zone, int64_t *ret_instant_us);
/** A local time, in microseconds since 1970; a zone in the text is left out. */
bool text_to_timestamp_ntz(struct text text, int64_t *ret_local_us);

/** Rescales with half up; false on overflow of `precision`. */
bool decimal_rescale(int128 unscaled, int from_scale, int precision, int to_scale, int128 *ret_unscaled);
/** Exact decimal of a double's shortest text, half up to `scale` (Spark: Decimal(double.toString)). */
bool double_to_decimal(double value, int precision, int scale, int128 *ret_unscaled);

/** As Java's Double.toString / Float.toString: "1.0E-4", "100.0", "Infinity", "NaN" (JDK 17's digits: the shortest). */
void double_add_text(double value, struct text_buffer *out);
/** The same of a float: the shortest text that reads back as it. */
void float_add_text(float value, struct text_buffer *out);
/** As Java's BigDecimal.toString (with an exponent where Spark shows one with ANSI off: "1E-7"). */
void decimal_add_text(int128 unscaled, int scale, struct text_buffer *out);
/** Plain digits, no exponent. */
void decimal_add_plain(int128 unscaled, int scale, struct text_buffer *out);
/** Adds "2024-02-29", with a sign beyond the year 9999. */
void date_add_text(int32_t days, struct text_buffer *out);
/** "2024-01-15 07:34:56.789": trailing zeros of the fraction are left out. */
void timestamp_add_text(int64_t instant_us, const struct timezone *zone, struct text_buffer *out);

#endif
