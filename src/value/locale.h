/** Numbers and the names of months as they are written in a country: a number's marks and its pattern are compiled
 * once; then a text becomes the same number as Spark's casts read it, or the same date with English names. Locales are
 * those of CLDR for English, Spanish, Portuguese, French, German and Italian. Pure functions, safe from several
 * threads. */
#ifndef CRISOL_VALUE_LOCALE_H
#define CRISOL_VALUE_LOCALE_H

#include "base/error.h"
#include "base/text.h"

struct locale;

/** The locale of a name such as "es", "es_CO" or "es-CO", in any case; NULL where there is none. Lives for ever. */
const struct locale *locale_find(struct text name);
/** A name by which locale_find finds it; in the arena. */
const char *locale_name(struct arena *arena, const struct locale *locale);
/** What may be a locale, for people. */
extern const char locale_names_hint[];

/** How numbers are written. */
struct number_format;

/** Compiles the numbers of a locale, or a pattern of DecimalFormat ("#.##0,00 €"), whose marks are those of the locale;
 * without one the last of two different marks is the decimal one. `pattern` without data: plain numbers of the locale.
 * Lives as long as `arena`. Fails with ERROR_CONFIG at `place`, saying what is not supported. */
MUST_CHECK bool number_format_compile(struct arena *arena, const struct locale *locale, struct text pattern,
                                      struct place place, const struct number_format **ret_format, struct error *err);

enum { NUMBER_TEXT_MOST = 512 };
/** Adds to `out` the number as digits with a point, such as "-1234.50". False where the text is none in this format:
 * the first group has one to three digits, each later one exactly three. */
bool number_format_read(const struct number_format *format, struct text text, char out[NUMBER_TEXT_MOST],
                        size_t *ret_length);

/** Writes English names in the place of the locale's, for months by the pattern (MMM: short ones, MMMM: full ones),
 * with or without a dot, in any case. False where `most` bytes do not do. */
bool locale_read_months(const struct locale *locale, struct text pattern, struct text text, char *out, size_t most,
                        size_t *ret_length);

/** In which languages a word is the name of a month, in any case: a bit for each language and length, for
 * locale_of_months; 0: in none. `ret_month` is 1 to 12. */
unsigned locale_find_month(struct text word, int *ret_month);
/** The first language of such bits, English before others, and whether its names are the short ones (MMM); NULL where
 * there is no bit. */
const char *locale_of_months(unsigned bits, bool *ret_is_short);

/** How the texts of a column are written: numbers where `number` is there, else dates of `pattern`. */
struct localized {
  const struct locale *locale;
  const struct number_format *number;
  struct text pattern;
};
/** Writes such a text as Spark's casts read it. False where it is no number, or too long. */
bool localized_read(const struct localized *localized, struct text text, char out[NUMBER_TEXT_MOST],
                    size_t *ret_length);

#endif
