"""Croissant metadata (MLCommons, format 1.1, with its Responsible AI words): what the files are and what their columns
hold, for data set search. A record set reads a set of files by pattern, not by `containedIn`, which mlcroissant 1.1.1
takes for a member of an archive; every file is listed beside it with its hash.
"""

import json
from typing import Any

from bigmath.columns import COLUMNS
from bigmath.release.manifest import Manifest

NAME = "croissant.json"

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {
    "string": "sc:Text",
    "large_string": "sc:Text",
    "bool": "sc:Boolean",
    "double": "sc:Float",
    "float": "sc:Float",
}


def render(release: Manifest) -> str:
    """The metadata as JSON-LD; every file with its hash, one record set for each split of each configuration."""
    return json.dumps(_document(release), indent=1, ensure_ascii=False) + "\n"


def _document(release: Manifest) -> dict[str, Any]:
    groups = dict.fromkeys((shard.config, shard.split) for shard in release.shards)
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": release.name.split("/")[1],
        "description": "Mathematics problems with answers that a machine can check, curated by bigmath.",
        "license": [f"https://spdx.org/licenses/{one}.html" for one in release.licenses],
        "url": f"https://huggingface.co/datasets/{release.name}",
        "version": release.tag.removeprefix("v"),
        "datePublished": release.date,
        "citeAs": f"{release.name}, {release.tag}, https://huggingface.co/datasets/{release.name}",
        "creator": {"@type": "sc:Organization", "name": release.name.split("/")[0]},
        "rai:dataCollection": "Public data sets: " + ", ".join(one.repository for one in release.sources),
        "rai:dataPreprocessingProtocol": f"bigmath {release.versions['bigmath']}, profile {release.profile}",
        "rai:dataLimitations": "Reference answers are the sources' own and may be wrong; filters err.",
        "rai:dataBiases": "English only; mostly contest and school problems whose answer is one closed expression.",
        "rai:dataUseCases": "Training and evaluation of models that reason in mathematics.",
        "rai:personalSensitiveInformation": "None is collected; statements may name authors of problems.",
        "rai:dataReleaseMaintenancePlan": "A new tag for every change; recalls.json names what was taken back.",
        "distribution": [*(_file(shard.path, shard.sha256, shard.bytes) for shard in release.shards),
                         *(_file_set(*group) for group in groups)],
        "recordSet": [_record_set(release, *group) for group in groups],
    }  # fmt: skip


def _file(path: str, sha256: str, size: int) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "contentUrl": path,
        "contentSize": f"{size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": sha256,
    }


def _file_set(config: str, split: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{config}-{split}",
        "name": f"{config}-{split}",
        "encodingFormat": "application/x-parquet",
        "includes": f"{config}/{split}-*.parquet",
    }


def _record_set(release: Manifest, config: str, split: str) -> dict[str, Any]:
    name = f"{config}/{split}"
    source = {"fileSet": {"@id": f"{config}-{split}"}}
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"{release.rows(config, split):,} problems",
        "key": {"@id": f"{name}/problem_id"},
        "field": [_field(name, column, type_, source) for column, type_ in release.columns[config].items()],
    }


def _field(record_set: str, column: str, arrow_type: str, source: dict[str, Any]) -> dict[str, Any]:
    repeated = arrow_type.startswith(("list<", "large_list<"))
    element = arrow_type.partition(": ")[2].removesuffix(">") if repeated else arrow_type
    return {
        "@type": "cr:Field",
        "@id": f"{record_set}/{column}",
        "name": column,
        "description": COLUMNS.get(column, column),
        "dataType": _TYPES.get(element, "sc:Integer"),
        **({"isArray": True, "arrayShape": "-1"} if repeated else {}),
        "source": {**source, "extract": {"column": column}},
    }
