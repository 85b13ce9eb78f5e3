"""Breaks one record in a hundred of generated payments, in ten ways: five that make a record malformed, five that make a
value wrong. No way touches a neighbour of the record."""

MALFORMED = ["too few fields", "too many fields", "a quote that is never closed", "text after a closing quote",
             "bytes that are no text"]
WRONG = ["an amount that is no number", "a date that is none", "an amount of forty digits", "a NUL byte",
         "an amount that is empty"]
EVERY = 100


def break_line(line, header, way):
    fields = line.split(b",")
    amount, date = header.index(b"Payment Amount"), header.index(b"Payment Date")
    if way == 0:
        return b",".join(fields[:-2])
    if way == 1:
        return line + b",one,two"
    if way == 2:
        return b'"' + line
    if way == 3:
        return b'"' + fields[0] + b'"x,' + b",".join(fields[1:])
    if way == 4:
        return fields[0] + b"\xff\xfe," + b",".join(fields[1:])
    fields[amount] = {5: b"12.x4", 7: b"1" * 40, 9: b""}.get(way, fields[amount])
    fields[date] = b"2024-13-45 99:00" if way == 6 else fields[date]
    fields[0] = fields[0] + b"\0" if way == 8 else fields[0]
    return b",".join(fields)


def break_files(source, target):
    """Copies the CSV files of a directory; returns how many records were made malformed, and how many wrong."""
    target.mkdir(parents=True)
    counts = {True: 0, False: 0}
    for path in sorted(source.glob("*.csv")):
        header, *lines = path.read_bytes().splitlines()
        names = header.split(b",")
        for number in range(EVERY // 2, len(lines), EVERY):
            way = number // EVERY % (len(MALFORMED) + len(WRONG))
            if lines[number].count(b",") != len(names) - 1 or b'"' in lines[number]:
                continue  # quoted values of the generator are left alone
            lines[number] = break_line(lines[number], names, way)
            counts[way < len(MALFORMED)] += 1
        (target / path.name).write_bytes(b"\r\n".join([header, *lines]) + b"\r\n")
    return counts[True], counts[False]
