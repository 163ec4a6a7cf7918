# 廉问：make run 安装并启动；make test 安装并跑全部测试。
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# A source of PyTorch wheels other than pip's own, for CPU-only builds (see README).
TORCH_INDEX ?=
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format bench ablation scale train clean

help: ## 列出命令
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/'

setup: $(STAMP) ## 建立虚拟环境并安装

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "需要 Python 3.11 或更新版本。可指定：make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "安装依赖（首次需几分钟）……"
	@# torch first and pinned: otherwise its newest build, with gigabytes of CUDA, comes in.
	@$(PIP) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch==2.13.0
	@$(PIP) --editable '.[dev]'
	@touch $@

run: setup ## 启动：设了 TELEGRAM_BOT_TOKEN 则开机器人，否则开终端问答
	@$(BIN)/lianwen start

test: setup ## 跑全部测试
	@$(BIN)/python -m pytest

lint: setup ## 检查格式、类型和分层
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup ## 统一格式
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup ## 与常见做法并排测速度和质量（需要资料目录：CORPUS=… QUESTIONS=…）
	@$(PIP) --editable '.[dev,bench]'
	@$(BIN)/python -m benchmarks.side_by_side $(if $(CORPUS),--corpus $(CORPUS)) $(if $(QUESTIONS),--questions $(QUESTIONS))

ablation: setup ## 逐步测各部分的贡献，画图（需要资料目录：CORPUS=… QUESTIONS=…）
	@$(PIP) --editable '.[dev,bench]'
	@$(BIN)/python -m benchmarks.ablation $(if $(CORPUS),--corpus $(CORPUS)) $(if $(QUESTIONS),--questions $(QUESTIONS))

scale: setup ## 两万六千条时的速度、内存和召回（需要资料目录：CORPUS=… QUESTIONS=… STARD=…）
	@$(BIN)/python -m benchmarks.scale $(if $(CORPUS),--corpus $(CORPUS)) $(if $(QUESTIONS),--questions $(QUESTIONS)) $(if $(STARD),--stard $(STARD))

train: setup ## 重新训练自带的模型增量（需要：CORPUS=官方文本目录 STARD=训练问题文件；可加 REPLIES=答复文件）
	@test -n "$(CORPUS)" -a -n "$(STARD)" || \
		{ echo "请给出资料：make train CORPUS=官方文本目录 STARD=stard_train.jsonl" >&2; exit 1; }
	@$(BIN)/python -m training --corpus $(CORPUS) --stard $(STARD) $(if $(REPLIES),--replies $(REPLIES))

clean: ## 删除虚拟环境和缓存（不动 data/）
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
