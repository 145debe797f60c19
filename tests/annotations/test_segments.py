from hypothesis import given
from hypothesis import strategies as st

from annotations.segments import Format, Mark, Segment, runs, segments

LENGTH = 30
spans = st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).map(sorted)
marks = st.lists(
    st.builds(lambda span, colour: Mark(span[0], span[1], colour), spans, st.sampled_from("ygr")),
    max_size=50,
)
formats = st.lists(
    st.builds(
        lambda span, kind: Format(span[0], span[1], kind),
        spans,
        st.sampled_from(["emphasis", "strong", "link"]),
    ),
    max_size=8,
)


def test_overlapping_marks_become_three_flat_segments() -> None:
    flat = segments(10, [], [Mark(0, 6, "yellow"), Mark(4, 8, "rose")])
    assert flat == [
        Segment(0, 4, (), "yellow", 1),
        Segment(4, 6, (), "rose", 2),
        Segment(6, 8, (), "rose", 1),
        Segment(8, 10, (), "", 0),
    ]


def test_the_shortest_mark_decides_the_category() -> None:
    flat = segments(10, [], [Mark(0, 10, "green"), Mark(2, 3, "blue")])
    assert [segment.category for segment in flat] == ["green", "blue", "green"]


def test_the_shortest_mark_decides_whether_the_words_are_only_nearly_these() -> None:
    flat = segments(10, [], [Mark(0, 10, "green", nearly=True), Mark(2, 5, "blue")])
    assert [segment.nearly for segment in flat] == [True, False, True]


def test_a_link_is_one_run_whatever_marks_cut_it() -> None:
    link = Format(2, 8, "link", "https://example.org")
    found = runs(segments(10, [link], [Mark(0, 4, "yellow"), Mark(6, 10, "rose")]))
    assert [(run.link, len(run.segments)) for run in found] == [(None, 1), (link, 3), (None, 1)]


def test_empty_text_has_no_segments() -> None:
    assert segments(0, [], [Mark(0, 0, "yellow")]) == []


@given(formats, marks)
def test_segments_tile_the_text(formats: list[Format], marks: list[Mark]) -> None:
    flat = segments(LENGTH, formats, marks)
    assert [segment.start for segment in flat] == [0, *(segment.end for segment in flat[:-1])]
    assert flat[-1].end == LENGTH
    assert all(segment.start < segment.end for segment in flat)


@given(formats, marks)
def test_every_place_is_covered_by_what_covers_it(formats: list[Format], marks: list[Mark]) -> None:
    for segment in segments(LENGTH, formats, marks):
        covering = [m for m in marks if m.start <= segment.start and segment.end <= m.end]
        assert segment.depth == len(covering)
        assert (segment.category != "") == bool(covering)
        assert sorted(segment.formats, key=repr) == sorted(
            (f for f in formats if f.start <= segment.start and segment.end <= f.end), key=repr
        )
