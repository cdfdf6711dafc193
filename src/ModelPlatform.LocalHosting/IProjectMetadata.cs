using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Which project a generated class <c>Projects.X</c> stands for.</summary>
public interface IProjectMetadata
{
    /// <summary>Its csproj.</summary>
    string ProjectPath { get; }
}

/// <summary>What the classes generated for this stand-in tell beyond: where the build put the project's assembly, so that it runs without being built again.</summary>
public interface IBuiltProject
{
    /// <summary>The assembly.</summary>
    string AssemblyPath { get; }
}

/// <summary>A resource whose endpoints others find by its name.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;
