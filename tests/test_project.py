"""The final project: a model that learns in its time, and a race that measures it."""

import time

import pytest
import torch

from attncourse import project
from attncourse.checks import exercise
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.judge import judge
from attncourse.corpus import Corpus
from attncourse.grading.report import _scores, _write_leaderboard
from attncourse.text import Tokenizer, count_words, train_bpe
from tests.answers.project import counting


@pytest.fixture
def short_text(monkeypatch):
    """A race over a short text."""
    text = "the dog saw the cat and barked. " * 30
    tokenizer = Tokenizer(train_bpe(count_words(text), 10))
    tokens = torch.tensor(tokenizer.encode(text))
    corpus = Corpus(text, text, tokenizer, tokens, tokens)
    monkeypatch.setattr(project, "docstring_corpus", lambda: corpus)


@pytest.mark.usefixtures("short_text")
def test_a_race_is_measured_in_bits_per_character():
    def knows_nothing(seen, vocab_size, seconds):
        return lambda tokens: torch.zeros(*tokens.shape, vocab_size)

    assert project.race(counting(2), 0.1) < 1 < project.race(knows_nothing, 0.1)


@pytest.mark.usefixtures("short_text")
def test_a_race_ends_in_time():
    def slow(seen, vocab_size, seconds):
        start = time.process_time()
        while time.process_time() - start < 1.3:
            pass

    with pytest.raises(ValueError, match=r"may take 0.1 seconds; took 1\.\d"):
        project.race(slow, 0.1)


def test_a_correct_answer_has_a_score_that_no_page_shows():
    verdict = judge(exercise("fit"), LocalAnswer(counting(2)))
    assert 0.7 < verdict.score < 0.75
    assert "score" not in verdict.record()


def test_the_leaderboard_begins_with_the_lowest_score(tmp_path):
    told = {"Ada": [{"exercise": "fit", "score": 0.61}, {"exercise": "dot_score"}]}
    told["=Bob"] = [{"exercise": "fit", "score": 0.5}]
    board = [row for name, mine in told.items() for row in _scores(name, [{"exercises": mine}])]
    path = tmp_path / "leaderboard.csv"
    _write_leaderboard(path, board)
    rows = path.read_text().split()
    assert rows == ["exercise,score,student", "fit,0.5000,'=Bob", "fit,0.6100,Ada"]
    _write_leaderboard(path, [])
    assert not path.exists()
