/* Random numbers and text by hand: a million rows take a fraction of a second. */
#include "generate/generate_internal.h"

static uint64_t mix(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

void random_seed(struct random *random, uint64_t seed, uint64_t stream)
{
  uint64_t state = seed;
  state = mix(&state) ^ stream;
  for (size_t i = 0; i < ARRAY_LENGTH(random->state); i++)
    random->state[i] = mix(&state);
}

void put_padded(struct output *output, uint64_t value, int width)
{
  for (int i = width - 1; i >= 0; i--) {
    output->at[i] = (char)('0' + value % 10);
    value /= 10;
  }
  output->at += width;
}

void put_integer(struct output *output, int64_t value)
{
  char digits[20];
  size_t count = 0;
  uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
  if (value < 0)
    put_char(output, '-');
  do {
    digits[count++] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  while (count > 0)
    put_char(output, digits[--count]);
}

void put_float(struct output *output, int64_t value, int digits)
{
  int64_t power = 1;
  for (int i = 0; i < digits; i++)
    power *= 10;
  int64_t rest = (value < 0 ? -value : value) % power;
  if (value < 0 && value > -power)
    put_char(output, '-');
  put_integer(output, value / power);
  put_char(output, '.');
  while (digits > 1 && rest % 10 == 0) {
    rest /= 10;
    digits--;
  }
  put_padded(output, (uint64_t)rest, digits);
}

/* Days since 1970 to the calendar; years count from March, so that a leap day is a year's last. */
static void put_day(struct output *output, int64_t days)
{
  enum { DAYS_TO_1970 = 719468, DAYS_IN_400_YEARS = 146097 };
  int64_t shifted = days + DAYS_TO_1970, era = shifted / DAYS_IN_400_YEARS;
  int64_t day = shifted % DAYS_IN_400_YEARS;
  int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  day -= 365 * year + year / 4 - year / 100;
  int64_t month = (5 * day + 2) / 153;
  put_padded(output, (uint64_t)(era * 400 + year + (month >= 10 ? 1 : 0)), 4);
  put_char(output, '-');
  put_padded(output, (uint64_t)(month < 10 ? month + 3 : month - 9), 2);
  put_char(output, '-');
  put_padded(output, (uint64_t)(day - (153 * month + 2) / 5 + 1), 2);
}

void put_seconds(struct output *output, int64_t seconds, char separator)
{
  enum { DAY = 86400 };
  int64_t day = seconds >= 0 ? seconds / DAY : -((DAY - 1 - seconds) / DAY);
  uint64_t of_day = (uint64_t)(seconds - day * DAY);
  put_day(output, day);
  put_char(output, separator);
  put_padded(output, of_day / 3600, 2);
  put_char(output, ':');
  put_padded(output, of_day / 60 % 60, 2);
  put_char(output, ':');
  put_padded(output, of_day % 60, 2);
}

void put_code(struct output *output, struct random *random, int count)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  static const uint64_t twelve = UINT64_C(4738381338321616896); /* 36^12 */
  uint64_t code = random_below(random, twelve);
  for (int i = 0; i < count; i++) {
    put_char(output, letters[code % 36]);
    code /= 36;
  }
}
